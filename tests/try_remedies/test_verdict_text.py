"""The words of an answer about a program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ablate.try_remedies import verdict_text
from ablate.try_remedies.judging import Tally
from ablate.try_remedies.verdict import Cause, Option, Verdict

SEEN = Tally(trials=3, escaped=0, learned=0, accuracy=0.1, low=0.1, high=0.1, states={"stuck": 3})
GOOD = replace(SEEN, escaped=3, learned=3, accuracy=0.9, low=0.9, high=0.9, states={"escaped": 3})
WAY = Option(names=("a", "b"), words=("do a", "do b"), chosen_on=GOOD, patch="one\ntwo")
SAID = Verdict(program="p", state="stuck", baseline=SEEN, reason="the reason", bar=0.3, reachable=0.95, seconds=61.6)


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "nearly certain"), (0.9, "nearly certain"), (0.89, "likely"), (0.6, "likely"), (0.59, "possible")],
)
def test_how_sure_a_cause_is(share: float, words: str) -> None:
    assert verdict_text.sure(share) == words


def test_a_way_out_is_shown_with_its_lines_and_what_was_tried() -> None:
    text = replace(SAID, recommended=WAY, next_best=replace(WAY, words=("do c",)), tried=(WAY,)).text()
    assert text.splitlines() == [
        "p: stuck. The network stays at chance.",
        "as it is: 0 of 3 above chance, accuracy 0.10. Here the reason. 0.95 can be reached.",
        "Do: do a; do b. Promising: 3 of 3 above chance, accuracy 0.90; not confirmed on fresh seeds.",
        "Next best: do c. Promising: 3 of 3 above chance, accuracy 0.90; not confirmed on fresh seeds.",
        "",
        "The lines, as they were trained:",
        "    one",
        "    two",
        "",
        "Tried:",
        f"  {'(as it is)':44s}  0 of 3 above chance, accuracy 0.10",
        f"  {'a and b':44s}  3 of 3 above chance, accuracy 0.90",
        "62 s.",
    ]
    assert "The lines" not in replace(SAID, recommended=replace(WAY, patch="")).text()


def test_without_a_trial_or_a_way_out_there_is_no_table() -> None:
    none = replace(SEEN, trials=0)
    assert replace(SAID, baseline=none).text().splitlines() == [
        "p: stuck. The network stays at chance.",
        "No way out was found.",
        "62 s.",
    ]
    assert verdict_text.rows(SAID) == [("change", "how it ended")]


@pytest.mark.parametrize(
    ("state", "stopped", "said"),
    [
        ("stuck", "", ["No way out was found."]),
        ("stuck", "time", ["No way out is known yet."]),
        ("healthy", "", []),
        ("outside", "", []),
        ("unknown", "SIGINT", []),
    ],
)
def test_no_way_out(state: str, stopped: str, said: list[str]) -> None:
    assert verdict_text._way(replace(SAID, state=state, stopped=stopped)) == said


def test_what_can_be_reached_is_said_if_it_is_above_chance() -> None:
    for reachable, said in ((0.31, True), (0.3, False), (0.29, False)):
        assert ("can be reached" in "\n".join(verdict_text.head(replace(SAID, reachable=reachable)))) is said


def test_the_second_cause_is_an_alternative() -> None:
    causes = tuple(Cause(name=name, meaning=f"it is {name}", sure=0.5, evidence="E.") for name in ("x", "y"))
    lines = verdict_text.head(replace(SAID, causes=causes))
    assert lines[2:4] == ["Cause: it is x (x, possible). E.", "Or: it is y (y, possible). E."]


def test_findings_that_are_notes_are_left_out_and_advice_follows() -> None:
    findings = (("note", "N.", "do n"), ("error", "E.", "do e"), ("warning", "W.", ""))
    lines = verdict_text.head(replace(SAID, findings=findings))
    assert [line for line in lines if line.startswith("Found")] == ["Found: E. To do: do e.", "Found: W."]


@pytest.mark.parametrize(("stopped", "why"), [("time", "Time was over"), ("SIGINT", "SIGINT stopped it")])
def test_what_stopped_it_is_said_last(stopped: str, why: str) -> None:
    lines = verdict_text.head(replace(SAID, stopped=stopped, notes=("A note.",)))
    assert lines[-2] == "A note."
    assert lines[-1].startswith(f"{why} before all was tried")


def test_long_lines_are_wrapped_at_110_and_no_name_is_cut() -> None:
    lines = replace(SAID, says="words " * 40, not_tried=("a-b" * 50, "c")).text().splitlines()
    assert max(len(line) for line in lines if line.startswith(("words", "    words"))) > 100
    assert all(len(line) <= 110 or "a-b" in line for line in lines)
    assert any(line.strip() == f"{'a-b' * 50}," for line in lines)
    hyphens = verdict_text._wrapped(f"{'x' * 100} {'y' * 5}-{'z' * 8}")
    assert hyphens.splitlines() == ["x" * 100, f"    {'y' * 5}-{'z' * 8}"]
