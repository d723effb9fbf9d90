"""Write what the guide achieved on networks from public questions, as `python -m validation.asked` measured it."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

from ablate.report.text_escaping import markdown
from findings import text

LEAD = """These networks were rebuilt for small digits from public questions (`python -m validation.asked`;
[validation/nets.py](../validation/nets.py) says what is from the question). Each was trained with 16 seeds. Then the
first three changes that the guide gives for the network's cause, and that the network allows, were tried one at a time;
in brackets the seeds, of all 16, that escaped.
"""


def table(path: Path) -> str:
    """Return a row a network: seeds at 1/N, the most frequent cause, and the seeds that escaped by each change."""
    with path.open(newline="", encoding="utf-8") as file:
        networks = [list(rows) for _, rows in itertools.groupby(csv.DictReader(file), lambda row: row["network"])]
    rows, lost = [], []
    for network in networks:
        head = network[0]
        words = [(row["change"].removeprefix("model.arguments."), row["escaped"]) for row in network if row["change"]]
        tried = [f"{markdown(change)} ({escaped})" for change, escaped in words]
        if words and not any(int(escaped) for _, escaped in words):
            lost.append(f"*{head['network']}*")
        asked = f"[{head['network']}]({head['asked']})"
        cause = markdown(head["sight"]) or "-"
        rows.append((asked, f"{head['at_chance']} of {head['of']}", cause, *tried, *["-"] * (3 - len(tried))))
    none = f"\nNone of the three changes freed {' and '.join(lost)}.\n" if lost else ""
    return f"{LEAD}\n{text.table(('network', 'at 1/N', 'cause', 'first', 'then', 'then'), rows)}{none}"
