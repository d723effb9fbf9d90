"""The words of the answer about a model, from planted rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ablate.remedies.depth import DEPTH
from ablate.remedies.model import MODEL
from ablate.remedies.width import WIDTH
from ablate.stats.confirmation import Confirmation
from ablate.tasks import Finding
from ablate.try_remedies import answer_text
from ablate.try_remedies.answer import Attempt, Rate
from ablate.try_remedies.candidates import Candidates

LOSS, WIDE = ("loss", "fused"), ("width", "16")


def fresh(escaped: int, low: float) -> Confirmation:
    return Confirmation(escaped=escaped, n=10, target=0.5, tested=3, confidence=0.95, low=low)


def rate(*remedies: tuple[str, str], escaped: int = 1, sufficient: bool = False, **more: Any) -> Rate:
    """A set that escapes on so many of eight seeds."""
    plain: dict[str, Any] = {"ends": {"escaped": escaped, "stuck": 8 - escaped}, "fresh": None, "better": True}
    return Rate(
        remedies=remedies, escaped=escaped, trials=8, low=0.111, high=0.999, sufficient=sufficient, **plain | more
    )


PLAIN = Attempt(
    study=SimpleNamespace(command="ablate try model=m:f width=4 'seed=range(8)'", name="s"),  # type: ignore[arg-type]
    seeds=8,
    baseline=rate(escaped=0, ends={"stuck": 7, "slow": 1}),
    alone=(rate(LOSS), rate(WIDE, escaped=2)),
    together=None,
    without={},
    smallest=(),
    reduced=False,
    overrides=(),
    keras=("a line",),
    causes={},
    bar=0.211,
    findings=(),
    left_out={},
    summary=SimpleNamespace(stopped="", text=lambda: "trained 9\nwritten"),  # type: ignore[arg-type]
)


def test_without_sets_the_comparison_has_two_columns() -> None:
    assert answer_text.comparison(PLAIN) == [
        ("", "alone"),
        ("(as compiled)", "0 of 8 (0.11 to 1.00)"),
        ("loss=fused", "1 of 8 (0.11 to 1.00)"),
        ("width=16", "2 of 8 (0.11 to 1.00)"),
    ]


@pytest.mark.parametrize("together", [True, False])
def test_with_sets_it_says_what_all_except_one_do(together: bool) -> None:
    bad = rate(("depth", "9"))
    found = replace(
        PLAIN,
        alone=(*PLAIN.alone, bad),
        together=rate(LOSS, WIDE, escaped=5) if together else None,
        without={LOSS: rate(WIDE, escaped=3)},
    )
    rows = answer_text.comparison(found)
    assert rows[0] == ("", "alone", "all except this one")
    assert rows[1][2] == ""
    assert (("(all at once)", "", "5 of 8 (0.11 to 1.00)") in rows) is together
    assert rows[-3] == ("loss=fused", "1 of 8 (0.11 to 1.00)", "3 of 8 (0.11 to 1.00)")
    assert rows[-2][2] == ("" if together else "left out: does harm alone")
    assert rows[-1][2] == "left out: does harm alone"


def test_columns_are_two_wider_than_their_longest_cell() -> None:
    lines = PLAIN.text().splitlines()
    assert lines[0] == f"{'':15s}alone"
    assert lines[1] == f"{'(as compiled)':15s}0 of 8 (0.11 to 1.00)"
    assert lines[4] == ""
    assert lines[-2:] == ["trained 9", "written"]


@pytest.mark.parametrize(
    ("bar", "ends", "said"),
    [
        (0.211, {"stuck": 7, "slow": 1}, ("0 of 8 trials get above chance (an accuracy of more than 21.1%) for good: "
         "7 stuck, 1 slow.")),
        (None, {}, "0 of 8 trials get above chance for good: no trial has ended."),
    ],
)  # fmt: skip
def test_how_the_model_as_compiled_ends(bar: float | None, ends: Mapping[str, int], said: str) -> None:
    found = replace(PLAIN, bar=bar, baseline=replace(PLAIN.baseline, ends=ends))
    assert answer_text.verdict(found)[0] == f"As compiled, {said}"


def test_what_is_not_stuck_gets_no_remedy() -> None:
    lines = answer_text.verdict(replace(PLAIN, baseline=replace(PLAIN.baseline, sufficient=True)))
    assert len(lines) == 2
    assert lines[1].startswith("It is not stuck at chance.")


@pytest.mark.parametrize(
    ("seeds", "stopped", "said"),
    [
        (8, "", "No set that was tried is sufficient."),
        (8, "SIGINT", "A signal stopped training before a sufficient set was found"),
        (4, "", "At least 5 seeds are needed to prove a remedy; you gave 4. Omit `seed` to use 8."),
        (5, "", "No set that was tried is sufficient."),
        (4, "SIGINT", "A signal stopped training"),
    ],
)
def test_why_no_set_is_known(seeds: int, stopped: str, said: str) -> None:
    summary: Any = SimpleNamespace(stopped=stopped)
    lines = answer_text.verdict(replace(PLAIN, seeds=seeds, summary=summary))
    assert lines[1] == f"Work alone, on {seeds} seeds: no remedy."
    assert lines[2].startswith(said)
    assert len(lines) == 3


WORKS = rate(LOSS, escaped=8, sufficient=True, fresh=fresh(9, 0.53))
LATE = rate(WIDE, escaped=7, sufficient=True, fresh=fresh(7, 0.31), better=False)
BASE = replace(PLAIN.baseline, fresh=fresh(2, 0.02))
PROVEN = replace(
    PLAIN, baseline=BASE, alone=(WORKS, LATE), smallest=(WORKS, LATE), reduced=True, overrides=("width=16",)
)


def test_fresh_seeds_prove_a_set_or_do_not() -> None:
    assert answer_text.verdict(PROVEN)[1:] == [
        "Work alone, on 8 seeds: loss=fused, width=16.",
        "The smallest sets were trained again, on 10 fresh seeds:",
        "  (as compiled): 2 of 10",
        "  loss=fused: 9 of 10, confirmed, a rate of at least 0.53",
        "  width=16: 7 of 10, not confirmed, 0.5 is needed; not proven better than as compiled",
        "  (The bounds hold together with 95 % confidence.)",
        "Smallest set: loss=fused (confirmed).",
        "Others of its size: width=16 (not confirmed).",
        "",
        "In Keras:",
        "  a line",
        "To sweep other factors from there:",
        "  ablate try model=m:f 'seed=range(8)' width=16",
    ]
    late = replace(LATE, fresh=None)
    lines = answer_text.verdict(replace(PROVEN, smallest=(WORKS, late), keras=("model.compile(loss=...)",)))
    assert lines[2] == "The 1 best of the 2 smallest sets were trained again, on 10 fresh seeds:"
    assert "Others of its size: width=16 (not trained again)." in lines
    assert "In Keras, with your own loss:" in lines
    none = answer_text.verdict(replace(PROVEN, smallest=(LATE,)))
    assert "Nothing is confirmed. Try with more seeds, as seed=range(16), or with more steps." in none
    assert "Smallest set: width=16 (not confirmed)." in none


@pytest.mark.parametrize(("base", "own"), [(None, WORKS.fresh), (BASE.fresh, None)])
def test_before_fresh_seeds_have_ended_nothing_is_proven(base: Confirmation | None, own: Confirmation | None) -> None:
    found = replace(PROVEN, baseline=replace(BASE, fresh=base), smallest=(replace(WORKS, fresh=own),))
    lines = answer_text.verdict(found)
    assert lines[2] == "Not proven yet: the best must be trained again, on fresh seeds."
    assert not any("fresh seeds:" in line for line in lines)


def test_a_set_that_a_signal_left_unreduced_is_sufficient_so_far() -> None:
    lines = answer_text.verdict(replace(PROVEN, reduced=False))
    assert any(line.startswith("Sufficient so far: loss=fused (8 of 8 (0.11 to 1.00)). A signal") for line in lines)


@pytest.mark.parametrize(("count", "said"), [(2, "l (confirmed)"), (10, " (confirmed) and 1 more")])
def test_others_of_the_smallest_size(count: int, said: str) -> None:
    lines = list(answer_text._smallest([replace(WORKS, remedies=(("depth", "l"),))] * count))
    assert lines[0] == "Smallest set: depth=l (confirmed)."
    assert lines[1].endswith(f"{said}.")
    assert lines[1].count("depth=l") == min(count - 1, 8)
    assert len(list(answer_text._smallest([WORKS]))) == 1


def test_the_most_frequent_cause_is_looked_up_in_the_guide() -> None:
    found = replace(PROVEN, causes={"clip_trap": 2, "dead_units": 5})
    (line,) = answer_text._causes(found)
    assert line.startswith("Causes of the trials at chance: clip_trap (the loss passes no gradient back) 2, dead_")
    (published,) = answer_text._published(found)
    assert [published] == list(answer_text._published(replace(PLAIN, causes={"dead_units": 1})))
    assert published.startswith("What removed it in published studies")
    assert "guide.md" in published
    lines = answer_text.verdict(found)
    assert lines.index(published) == lines.index("") - 1
    assert answer_text.verdict(replace(found, smallest=()))[-1] == published
    assert not list(answer_text._published(PLAIN))


def own(template: Mapping[str, Any], depth: int = 2) -> Any:
    levels = {
        MODEL: SimpleNamespace(params={"template": template}),
        DEPTH: SimpleNamespace(params=depth, name=str(depth)),
        WIDTH: SimpleNamespace(name="64"),
    }
    return SimpleNamespace(study=SimpleNamespace(baseline=levels))


@pytest.mark.parametrize(
    ("template", "depth", "said"),
    [
        ({"stack": True}, 0, "one dense layer, the output; trials train side by side"),
        ({"stack": True}, 2, "dense layers, 2 of 64 units; trials train side by side"),
        ({"alone": True}, 0, "some layers cannot be stacked; trials train one at a time"),
        ({"alone": False}, 2, "a graph of layers that can be stacked; trials train side by side"),
    ],
)
def test_how_a_model_trains(template: Mapping[str, Any], depth: int, said: str) -> None:
    assert answer_text._how_it_trains(own(template, depth)) == said


def test_the_preface_names_what_describes_the_model_what_is_wrong_and_what_is_tried(stack: Candidates) -> None:
    finding = Finding(severity="warning", what="Few rows.", advice="Give more.")
    model = replace(stack, left_out={"dropout": "no place"})
    base = stack.study.baseline
    params = {"builder": "m:f", **base[MODEL].params, "template": {"stack": True}}
    level = replace(base[MODEL], params=params)
    study = SimpleNamespace(varying=stack.study.varying, baseline=Levels(base, level))
    lines = answer_text.preface(replace(model, study=study), [finding]).splitlines()  # type: ignore[arg-type]
    assert lines[0].startswith("model m:f: dense layers, ")
    compiled = lines[1].split()
    assert lines[1].startswith("as compiled: ")
    assert "loss=clipped" in compiled
    assert not any(word.startswith(("width=", "depth=", "task=", "model=")) for word in compiled)
    assert lines[2:4] == ["  warning: Few rows. Give more.", "  not tried: dropout: no place."]
    assert lines[4].startswith("tried: ")
    assert "loss (fused)" in lines[4]
    assert "learning_rate (0.0001, 1e-05, 0.01)" in lines[4]
    assert "model (" not in lines[4]


class Levels:
    """A setting with another model."""

    def __init__(self, base: Any, model: Any) -> None:
        self.base, self.model = base, model

    def __getitem__(self, name: str) -> Any:
        return self.model if name == MODEL else self.base[name]

    def __iter__(self) -> Any:
        return iter(self.base)


def test_a_factor_inside_the_layers_describes_a_user_s_model_if_it_applies(monkeypatch: pytest.MonkeyPatch) -> None:
    factors = {
        "a": SimpleNamespace(statement="x", inside=False),
        "b": SimpleNamespace(statement="none", inside=False),
        "c": SimpleNamespace(statement="x", inside=True),
        "d": SimpleNamespace(statement="x", inside=True),
        WIDTH: SimpleNamespace(statement="x", inside=False),
    }
    monkeypatch.setattr(answer_text, "registry", lambda: factors)
    monkeypatch.setattr(answer_text.models, "applying", lambda _: {"c"})
    assert [name for name in factors if answer_text._describes_the_model(name, {})] == ["a", "c"]


def test_eight_others_are_all_named() -> None:
    lines = list(answer_text._smallest([WORKS] * (1 + answer_text.MOST_OTHERS)))
    assert lines[1].count("loss=fused") == 8
    assert "more" not in lines[1]
