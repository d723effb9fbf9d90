"""What is read out of a grid, against grids small enough to count by hand."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pandas as pd

from findings import grid

TWO = {"loss": "clipped", "width": "128"}


def lines(table: str) -> list[str]:
    return table.splitlines()[2:]


def test_swaps_count_what_one_change_got_out_and_lost_with_all_else_alike() -> None:
    escaped = {("clipped", "128", 0), ("fused", "128", 0), ("fused", "128", 1), ("fused", "16", 0)}
    cells = itertools.product(("clipped", "fused"), ("128", "16"), (0, 1))
    trials = pd.DataFrame(
        [
            {
                "loss": loss,
                "width": width,
                "seed": seed,
                "state": "escaped" if (loss, width, seed) in escaped else "stuck",
            }
            for loss, width, seed in cells
        ]
    )
    assert lines(grid.swaps(trials, TWO)) == [
        "| loss=clipped | 0.250 | - | - |",
        "| loss=fused | 0.750 | 2 of 3 | 0 of 1 |",
        "| width=128 | 0.750 | - | - |",
        "| width=16 | 0.250 | 0 of 1 | 2 of 3 |",
    ]


def test_sets_that_never_fail_are_counted_by_size_and_minimal_ones_are_named() -> None:
    """Fused never fails; the narrow width alone does once, with `l2` never; together with fused it fails for good."""
    never = {("fused", "128", "off"), ("fused", "128", "l2"), ("clipped", "16", "l2"), ("fused", "16", "l2")}
    once = {("clipped", "16", "off")}
    trials = pd.DataFrame(
        [
            {"loss": key[0], "width": key[1], "regularizer": key[2], "seed": seed,
             "state": "escaped" if key in never or (key in once and seed == 0) else "stuck"}
            for key in itertools.product(("clipped", "fused"), ("128", "16"), ("off", "l2"))
            for seed in (0, 1)
        ]
    )  # fmt: skip
    said = grid.minimal(trials, {"loss": "clipped", "width": "128", "regularizer": "off"})
    table, named = said.split("\nMinimal sets")
    assert lines(table) == [
        "| 0 | 1 | 0 | 0 | 0 | 1 |",
        "| 1 | 3 | 1 | 1 | 0 | 1 |",
        "| 2 | 3 | 2 | 1 | 1 | 1 |",
        "| 3 | 1 | 1 | 0 | 0 | 0 |",
    ]
    said_of = " (none failed in the 2 seeds trained, but each smaller part of one did): "
    assert named == f"{said_of}loss=fused, width=16 + regularizer=l2.\n"


def test_what_a_search_claims_stands_beside_what_the_grid_says(tmp_path: Path) -> None:
    (tmp_path / "folklore" / "report").mkdir(parents=True)
    (tmp_path / "found").mkdir()
    cells = [("fused", "128", "escaped"), ("fused", "128", "stuck"), ("clipped", "16", "stuck")]
    pd.DataFrame(cells, columns=["loss", "width", "state"]).assign(id=list("abc")).to_parquet(
        tmp_path / "folklore" / "report" / "trials.parquet"
    )
    claims = [
        {"arm": "search", "changes": ["loss=fused"], "n": 40, "escaped": 40, "low": 0.913, "confirmed": True},
        {"arm": "random", "changes": ["width=16"], "n": 40, "escaped": 9, "low": 0.1, "confirmed": False},
        {"arm": "random", "changes": [], "n": 3, "escaped": 0, "low": 0.0, "confirmed": None},
    ]
    arms = [
        {"name": "search", "sampler": "tpe", "trials": 1000, "settings": 90, "confirmed": 1, "confirmed_at": 250},
        {"name": "random", "sampler": "random", "trials": 900, "settings": 80, "confirmed": 0, "confirmed_at": None},
    ]
    answer = {"claims": claims, "arms": arms, "unexplored": {"tried": 160, "settings": 20736}}
    (tmp_path / "found" / "search.json").write_text(json.dumps(answer))
    said, table = grid.search_claims(tmp_path / "found" / "search.json", TWO).split("\n\n")
    assert said == (
        "Search (tpe): 1,000 trials on 90 settings, 1 sets confirmed, the first after 250 trials; "
        "random (random): 900 trials on 80 settings, 0 sets confirmed; together they tried 160 of 20,736 settings; "
        "in the grid, 0 settings never failed."
    )
    assert lines(table) == [
        "| search | loss=fused | 40 of 40 | 0.91 | sufficient | 1 of 2 |",
        "| random | width=16 | 9 of 40 | 0.10 | not shown | 0 of 1 |",
        "| random | the baseline | 0 of 3 | 0.00 | not finished | 0 of 0 |",
    ]


def test_importance_shows_the_largest_shares_of_escape_on_the_scale_of_rates(tmp_path: Path) -> None:
    path = tmp_path / "importance.csv"
    path.write_text(
        "counted,scale,term,share,low,high\n"
        "escaped,probability,width,0.1,0.05,0.15\nescaped,probability,loss:width,0.6,0.5,0.7\n"
        "escaped,logit,loss,0.9,0.8,1.0\ntop,probability,loss,0.9,0.8,1.0\n"
    )
    assert lines(grid.importance(path)) == [
        "| loss:width | 0.600 | 0.500 to 0.700 |",
        "| width | 0.100 | 0.050 to 0.150 |",
    ]


SETS = """remedies,size,n,escaped,rate,lower_bound,verdict,minimal
baseline,0,9,0,0.0,0.0,insufficient,no
loss=fused,1,9,9,1.0,0.8,sufficient,yes
width=16,1,9,0,0.0,0.0,insufficient,no
regularizer=l2,1,9,4,0.4,0.2,undecided,no
loss=fused + width=16,2,9,1,0.1,0.0,insufficient,no
regularizer=l2 + width=16,2,9,9,1.0,0.8,sufficient,yes
"""


def test_sets_and_clashes_are_the_reports(tmp_path: Path) -> None:
    path = tmp_path / "sets.csv"
    path.write_text(SETS)
    found = grid.sets(path)
    assert found.startswith(
        "Of 3 sets of size 1, 1 are sufficient and 1 are insufficient; of 2 sets of size 2, 1 are sufficient and 1 are "
        "insufficient; the others are undecided.\n"
    )
    assert found.splitlines()[4:] == ["| loss=fused | 9 of 9 | 0.80 |", "| regularizer=l2 + width=16 | 9 of 9 | 0.80 |"]
    assert lines(grid.clashes(path)) == ["| loss=fused | width=16 | 1 of 9 |"]


def test_parts_are_shown_as_they_were_written_down(tmp_path: Path) -> None:
    path = tmp_path / "parts.csv"
    path.write_text("part,trials,wall minutes\n1/20,20736,37.1\n")
    assert grid.parts(path).splitlines() == [
        (
            "1 of 20 parts are trained; all numbers of this study are theirs. Intervals of means over the "
            "grid count seeds, not pairs: they narrow as parts are added."
        ),
        "",
        "| part | trials | wall minutes |",
        "| --- | --- | --- |",
        "| 1/20 | 20736 | 37.1 |",
    ]
    path.write_text("part,trials\n1/1,20736\n")
    assert grid.parts(path).startswith("| part | trials |")
