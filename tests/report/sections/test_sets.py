"""The section on remedy sets, from a planted lattice of sets."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ablate.report.page_parts import Conclusion, Table, TableFile
from ablate.report.pictures import Picture
from ablate.report.sections import sets
from ablate.stats import claims
from ablate.stats.sufficiency import Sufficiency

A, B, C, D = "loss=fused", "mode=1", "rate=0.1", "width=32"
ROWS = [
    ((), 0, 20, 1, "insufficient", False),
    ((A,), 1, 60, 60, "sufficient", True),
    ((B,), 1, 20, 4, "insufficient", False),
    ((C,), 1, 20, 9, "undecided", False),
    ((D,), 1, 20, 5, "insufficient", False),
    ((A, B), 2, 20, 20, "sufficient", False),
    ((B, C), 2, 20, 20, "sufficient", True),
    ((B, D), 2, 20, 11, "undecided", False),
    ((C, D), 2, 20, 12, "undecided", False),
]


def frame(rows: list[Any] = ROWS) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["remedies", "size", "n", "escaped", "verdict", "minimal"])
    return made.assign(
        rate=made["escaped"] / made["n"], low=made["escaped"] / made["n"] - 0.1, high=1.0, certain=made["minimal"],
        robust=False, complete=True, needs=np.nan,
    )  # fmt: skip


HARMFUL = pd.DataFrame(
    {"remedies": [(A,), (B, C)], "added": [D, D], "n": [20, 20], "escaped": [3, 2], "low": 0.0, "high": 1.0}
)
LATTICE = Sufficiency(
    sets=frame(), minimal=(frozenset({A}), frozenset({B, C})), harmful=HARMFUL, necessary=(),
    blockers=(frozenset({A, C}), frozenset({A, B})), claim=claims.exact(),
)  # fmt: skip
COST = pd.DataFrame(
    {"set": ["loss=fused", f"{B} + {C}"], "removed": [A, B], "escaped_without": [1, 9], "n_without": [20, 20],
     "n": [20, 20], "cost": [0.9, 0.5]}
)  # fmt: skip
GROUP: Any = SimpleNamespace(
    title="Prevention", key="a/b", within=(("start", "fresh"),), varying=("loss", "width"), trials=None, pooled=None
)
BASELINE = {"loss": "clipped", "width": "64"}


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets.sufficiency, "lattice", lambda *_: LATTICE)
    cost = COST.assign(set=[(A,), (B, C)])
    monkeypatch.setattr(sets.removals, "removals", lambda *_: pd.concat([cost] * 40))


def parts(*groups: Any) -> list[Any]:
    inputs: Any = SimpleNamespace(groups=groups, baseline=BASELINE, claim=LATTICE.claim)
    return list(sets._parts(inputs))


@pytest.mark.usefixtures("planted")
def test_the_section_has_figures_tables_sentences_and_files() -> None:
    made = parts(replace_group(varying=()), GROUP)
    kinds = [type(part) for part in made]
    assert kinds[:5] == [Conclusion, Picture, Picture, Table, Table]
    assert kinds[-2:] == [TableFile, TableFile]
    assert len(made[3].rows) == 60
    assert made[3].note == sets.CHOSEN
    assert [row.link for row in made[3].rows[:2]] == [
        "start=fresh&loss=fused&width=64",
        "start=fresh&loss=clipped&width=64&mode=1&rate=0.1",
    ]
    assert [row.link for row in made[4].rows[:2]] == [
        "start=fresh&loss=clipped&width=64",
        "start=fresh&loss=fused&width=64",
    ]
    assert made[-2].frame["stratum"].unique().tolist() == ["Prevention"]
    assert len(made[-1].frame) == 60


def replace_group(**more: Any) -> Any:
    return SimpleNamespace(**{**vars(GROUP), **more})


@pytest.mark.usefixtures("planted")
def test_the_lead_names_the_target_and_files_the_bound() -> None:
    inputs: Any = SimpleNamespace(groups=[GROUP], baseline=BASELINE, claim=LATTICE.claim)
    section = sets.section(inputs)
    assert "reaches 80\u00a0%" in section.lead
    assert section.files[0].caption == f"Remedy sets with their {LATTICE.claim.words}s and verdicts"


def test_without_removals_there_is_no_table_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets.sufficiency, "lattice", lambda *_: LATTICE)
    monkeypatch.setattr(sets.removals, "removals", lambda *_: COST.head(0))
    made = parts(GROUP)
    assert [type(part) for part in made[:3]] == [Conclusion, Picture, Table]
    assert made[2].title.endswith("every set that was run")


@pytest.mark.parametrize(("count", "cut"), [(60, False), (61, True)])
def test_the_page_lists_sixty_sets(count: int, cut: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    many = replace(LATTICE, sets=frame([ROWS[2]] * count))
    monkeypatch.setattr(sets.sufficiency, "lattice", lambda *_: many)
    monkeypatch.setattr(sets.removals, "removals", lambda *_: COST.head(0))
    (table,) = (part for part in parts(GROUP) if isinstance(part, Table))
    assert (len(table.rows), bool(table.more)) == (60, cut)


@pytest.mark.parametrize(
    ("minimal", "said"),
    [
        ([], "no set that was run is shown to be sufficient."),
        ([{A}], "1 minimal sufficient set, 1 of 1 remedy."),
        ([{B, C}], "1 minimal sufficient set, 1 of 2 remedies."),
        ([{A}, {D}, {B, C}], "3 minimal sufficient sets, 2 of 1 remedy, 1 of 2 remedies."),
        ([{"task=words"}, {A}], "1 minimal sufficient set, 1 of 1 remedy."),
        ([{"task=words", A}], "no set that was run is shown to be sufficient."),
    ],
)
def test_minimal_sets_are_counted_by_size_without_problems(minimal: list[set[str]], said: str) -> None:
    lattice = replace(LATTICE, minimal=tuple(map(frozenset, minimal)))
    assert sets._conclusion(lattice, "T").text == f"T: {said}"


def test_the_figure_has_the_baseline_the_minimal_sets_and_others_without_a_sufficient_part() -> None:
    drawn = [sets.set_name(members) for members in sets._drawn(LATTICE)["remedies"]]
    names = ["baseline", A, f"{B} + {C}", C, f"{C} + {D}", f"{B} + {D}", D, B]
    assert drawn == names, "undecided ones first, then the smallest, then the best"
    many = replace(LATTICE, sets=frame([*ROWS, *[((f"x={at}",), 1, 20, 0, "insufficient", False) for at in range(20)]]))
    assert len(sets._drawn(many)) == 16


def test_the_record_of_the_figure() -> None:
    info = sets._info(LATTICE, "title", COST)
    assert info.remedies == (A, B, C, D)
    assert info.member[1].tolist() == [True, False, False, False]
    assert info.member[2].tolist() == [False, True, True, False]
    assert info.k[:3].tolist() == [1, 60, 20]
    assert info.low[:3].tolist() == pytest.approx([-0.05, 0.9, 0.9])
    known = {(row, name): info.removal[row, at] for row in range(8) for at, name in enumerate(info.remedies)}
    assert {key: value for key, value in known.items() if value == value} == {(1, A): 0.05, (2, B): 0.45}
    assert (info.target, info.bound, info.verdict[3]) == (0.8, LATTICE.claim.words, "undecided")


def test_the_pictures_grow_with_sets_and_remedies() -> None:
    info = sets._info(LATTICE, "title", COST)
    upset, removal = sets._pictures(info, GROUP)
    assert upset.size == pytest.approx((2.4 + 0.5 * 8, 2.6 + 0.42 * 4))
    assert upset.name == "sets-a-b"
    assert "the target 80\u00a0%" in upset.caption
    assert (removal.name, removal.size) == ("removals-a-b", pytest.approx((8.6, 1.3 + 0.25 * 2)))
    wide, *_ = sets._pictures(replace(info, title="t" * 80), GROUP)
    assert wide.size[0] == pytest.approx(2.0 + 0.075 * 80)
    assert len(list(sets._pictures(sets._info(LATTICE, "t", COST.head(0)), GROUP))) == 1


def test_truth_is_yes_or_no_in_the_table_of_sets() -> None:
    listed = sets._listed(LATTICE)
    assert listed["minimal"].tolist()[:3] == ["no", "yes", "no"]
    assert (set(listed["robust"]), set(listed["complete"])) == ({"no"}, {"yes"})
    assert listed["remedies"].tolist()[-1] == f"{C} + {D}"
    assert {"lower_bound", "upper_bound", "needs_seeds"} <= set(listed.columns)


def sentences(**changes: Any) -> list[str]:
    return sets._sentences(replace(LATTICE, **changes), "T")


def test_what_is_necessary_blocks_or_harms_is_said() -> None:
    blocks, harm, last = sentences()
    assert blocks == f"T: without any one of these no minimal set is left: {A} + {C}; {A} + {B}."
    assert harm == f"T: harmful additions, 2 in all: {D} undoes {A} (3/20); {D} undoes {B} + {C} (2/20)."
    words = LATTICE.claim.words
    assert last.startswith(f"T: 9 sets were run; the {words} holds for each set, not for all at once.")
    assert last.endswith("For all at once (Holm), 1 are proven sufficient.")
    assert sentences(necessary=(A, B))[0] == f"T: necessary, in every minimal set: {A}, {B}."
    assert sentences(minimal=())[:1] == [f"T: no set that was run reaches 0.8 with its {words}."]
    assert not any("without any one" in line for line in sentences(minimal=()) + sentences(blockers=None))
    assert not any("harmful" in line for line in sentences(harmful=HARMFUL.head(0)))


def test_ten_blockers_and_harmful_additions_are_listed() -> None:
    lines = sentences(blockers=tuple(frozenset({f"x={at}"}) for at in range(12)), harmful=pd.concat([HARMFUL] * 6))
    assert lines[0].count("x=") == 10
    assert "12 in all" in lines[1]
    assert lines[1].count("undoes") == 10


def test_a_level_may_hold_an_equals_sign() -> None:
    assert sets._levels(("note=a=b", A)) == {"note": "a=b", "loss": "fused"}
