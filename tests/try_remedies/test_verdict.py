"""The answer about a program as a value: its exit status, and what it is without more words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ablate.try_remedies.judging import Tally
from ablate.try_remedies.verdict import Cause, Option, Verdict

SEEN = Tally(trials=3, escaped=0, learned=0, accuracy=0.1, low=0.1, high=0.1, states={"stuck": 3})
WAY = Option(names=("a", "b"), words=("do a", "do b"), chosen_on=SEEN)
PLAIN = Verdict(program="p", state="stuck", baseline=SEEN)


@pytest.mark.parametrize(
    ("state", "way", "stopped", "status"),
    [
        ("healthy", False, "", 0),
        ("healthy", True, "", 0),
        ("outside", False, "", 2),
        ("unknown", False, "", 130),
        ("stuck", True, "", 1),
        ("stuck", False, "", 3),
        ("error", False, "", 3),
        ("stuck", True, "SIGINT", 130),
        ("healthy", False, "SIGTERM", 130),
        ("stuck", True, "time", 1),
        ("stuck", False, "time", 3),
        ("healthy", False, "time", 0),
    ],
)
def test_the_exit_status(state: str, way: bool, stopped: str, status: int) -> None:
    verdict = replace(PLAIN, state=state, recommended=WAY if way else None, stopped=stopped)
    assert verdict.status == status
    assert verdict.json()["status"] == status


def test_an_answer_of_which_little_is_known() -> None:
    numbers = (PLAIN.chance, PLAIN.bar, PLAIN.reachable, PLAIN.seconds)
    assert numbers == (0.0, 0.0, 0.0, 0.0)
    assert (PLAIN.judged, PLAIN.recommended, PLAIN.next_best) == ("as it is", None, None)
    assert (WAY.confirmed_on, WAY.patch) == (None, "")


def test_an_answer_is_plain_values() -> None:
    cause = Cause(name="frozen", meaning="it is frozen", sure=0.95, evidence="e")
    plain = json.loads(json.dumps(replace(PLAIN, recommended=WAY, causes=(cause,)).json()))
    assert plain["recommended"]["chosen_on"]["states"] == {"stuck": 3}
    assert plain["causes"] == [{"name": "frozen", "meaning": "it is frozen", "sure": 0.95, "evidence": "e"}]


def test_an_answer_in_one_line() -> None:
    assert repr(PLAIN) == "<Verdict on p: stuck>"
    assert repr(replace(PLAIN, recommended=WAY)) == "<Verdict on p: stuck, way out: a and b>"


def test_in_a_notebook_the_first_screen_comes_before_the_lines_and_what_was_tried() -> None:
    way = replace(WAY, patch="model = make_model()  # <new>")
    view = replace(PLAIN, recommended=way, tried=(way,))._repr_html_()
    places = [view.index(part) for part in ("p: stuck. ", "&lt;new&gt;", "What was tried", "how it ended", "a and b")]
    assert places == sorted(places)
    assert "make_model" not in PLAIN._repr_html_()
