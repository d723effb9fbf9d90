"""The table of networks from public questions, from made-up measurements."""

from __future__ import annotations

from pathlib import Path

from findings import asked


def test_the_table_has_a_row_a_network(tmp_path: Path) -> None:
    path = tmp_path / "asked.csv"
    rows = [
        "network,asked,at_chance,sight,place,change,escaped,of",
        "one,https://a.example,15,dead_units,1,learning_rate=1,16,16",
        "one,https://a.example,15,dead_units,2,width=4,3,16",
        "two,https://b.example,0,,,,,16",
    ]
    path.write_text("\n".join(rows) + "\n")
    lines = asked.table(path).splitlines()
    assert (
        lines[-2] == r"| [one](https://a.example) | 15 of 16 | dead\_units | learning\_rate=1 (16) | width=4 (3) | - |"
    )
    assert lines[-1] == "| [two](https://b.example) | 0 of 16 | - | - | - | - |"
