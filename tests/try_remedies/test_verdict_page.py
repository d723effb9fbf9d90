"""The first screen of a page is the answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ablate.try_remedies import verdict_text
from ablate.try_remedies.judging import Tally
from ablate.try_remedies.verdict import Cause, Option, Verdict

SEEN = Tally(trials=3, escaped=0, learned=0, accuracy=0.1, low=0.1, high=0.1, states={"stuck": 3})
WAY = Option(
    names=("a",), words=("do a",), chosen_on=SEEN, confirmed_on=None, patch="model = make_model()  # <not & escaped>"
)
SAID = Verdict(
    program="net.py:make_model",
    state="stuck",
    baseline=SEEN,
    causes=(Cause(name="frozen", meaning="it is frozen", sure=0.95, evidence="Nothing moves."),),
    recommended=WAY,
    tried=(WAY,),
    not_tried=("b",),
    left_out=("the callbacks",),
    unchecked=("a pattern",),
    findings=(("error", "No layer can be trained.", "unfreeze it"),),
    command="run it again.",
)


def test_the_answer_comes_first_and_what_was_tried_below(tmp_path: Path) -> None:
    page = SAID.page(tmp_path / "new" / "answer.html").read_text(encoding="utf-8")
    parts = ("net.py:make_model: stuck", "It is frozen", "Do a", "make_model()", "the callbacks", "run it again",
             "No layer can be trained.", "What was tried", "Not tried", "Not checked")  # fmt: skip
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "&lt;not &amp; escaped&gt;" in page
    assert "http" not in page, "a page needs no network"


def test_the_first_screen_counts_fresh_seeds_where_there_are_any(tmp_path: Path) -> None:
    chosen, fresh = (replace(SEEN, escaped=n, states={"escaped": n}, trials=n, accuracy=0.9) for n in (3, 5))
    for confirmed, said in ((None, (chosen, "on the seeds that chose it")), (fresh, (fresh, "on fresh seeds"))):
        way = replace(WAY, chosen_on=chosen, confirmed_on=confirmed)
        page = replace(SAID, recommended=way).page(tmp_path / "answer.html").read_text(encoding="utf-8")
        number, _, rest = said[0].words.partition(", ")
        assert f"<dt>With the change</dt><dd><b>{number}</b>{rest}, {said[1]}</dd>" in page


def test_the_text_names_at_most_four_findings_and_three_causes() -> None:
    findings = (("note", "Note.", ""), *(("warning", f"Finding {number}.", "") for number in range(6)))
    causes = tuple(replace(SAID.causes[0], name=f"cause_{number}") for number in range(5))
    text = replace(SAID, findings=findings, causes=causes).text()
    assert [number for number in range(6) if f"Found: Finding {number}." in text] == [0, 1, 2, 3]
    assert [number for number in range(5) if f"(cause_{number}," in text] == [0, 1, 2]


def test_the_text_says_what_was_left_out_and_not_checked() -> None:
    text = SAID.text()
    assert "Left out, so that nothing is said of the whole: the callbacks." in text
    assert "Not checked: a pattern." in text


@pytest.mark.parametrize(
    ("learned", "trials", "words"),
    [
        (3, 3, "Confirmed on seeds that did not choose it"),
        (1, 1, "Promising, on 1 seed that did not choose it"),
        (2, 2, "Promising, on 2 seeds that did not choose it"),
        (2, 3, "Not on every seed that did not choose it"),
    ],
)
def test_few_fresh_seeds_confirm_nothing(learned: int, trials: int, words: str) -> None:
    seen = replace(SEEN, trials=trials, learned=learned, escaped=learned, states={"escaped": learned})
    assert verdict_text.counts(replace(WAY, confirmed_on=seen)).startswith(f"{words}: ")
