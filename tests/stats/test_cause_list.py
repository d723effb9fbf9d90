"""One list of causes: those of the plateau first, each once, of a known kind, with words for every text."""

from __future__ import annotations

from ablate.stats import cause_list
from ablate.stats.causes import CAUSES


def test_every_cause_stands_once_and_has_words_of_its_own() -> None:
    every = [*CAUSES, *cause_list.FAULTS]
    assert list(cause_list.ALL) == [cause.name for cause in every]
    assert len(cause_list.ALL) == len(every) == len(CAUSES) + 29
    for words in ("name", "label", "meaning", "sign"):
        assert len({getattr(cause, words) for cause in every}) == len(every)
    assert {cause.kind for cause in every} == set(cause_list.KINDS)


def test_a_cause_holds_its_words_in_their_places() -> None:
    one = cause_list.ALL["frozen"]
    assert (one.kind, one.label) == ("untrained", "frozen layers")
    assert (one.meaning, one.sign) == ("layers that must learn are frozen", "weights that `fit` never changes")
