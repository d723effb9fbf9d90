"""What is said of a model once its trials have ended."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ablate import configure
from ablate.try_remedies.candidates import Candidates, choose
from tests.try_remedies.worlds import answered, said, stages_of


def test_one_remedy_that_works_alone_is_the_smallest_set(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda changed: changed.get("loss") == "fused", monkeypatch)
    assert [rate.words for rate in found.smallest] == ["loss=fused"]
    assert found.overrides == ("loss=fused",)
    assert "from_logits=True" in " ".join(found.keras)
    assert found.baseline.escaped == 0
    assert (found.together, found.without) == (None, {}), "no sets are needed"
    assert found.reduced
    assert found.smallest[0].confirmed
    text = found.text()
    assert "Work alone, on 8 seeds: loss=fused.\n" in text
    assert "The smallest sets were trained again, on 10 fresh seeds:\n  (as compiled): 0 of 10\n" in text
    assert "  loss=fused: 10 of 10, confirmed, a rate of at least 0.66\n" in text
    assert "0 of 8 trials get above chance (an accuracy of more than 21.1%) for good: 8 stuck." in text
    assert "not proven better" not in text
    assert "Smallest set: loss=fused (confirmed).\n" in text
    assert found.causes == {"dead_units": 6}
    assert "Causes of the trials at chance: dead_units (a layer's units are 0 for every input) 6." in text
    assert "ablate sweep task=digits 'seed=range(8)' input_scale=as_is loss=fused" in text


def test_two_remedies_that_work_only_together_are_found_by_leaving_out(
    stack: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = said(stack, lambda changed: {"loss", "normalization"} <= set(changed), monkeypatch)
    assert not any(rate.escaped for rate in found.alone)
    assert [rate.remedies for rate in found.smallest] == [(("loss", "fused"), ("normalization", "batch"))]
    assert "Work alone, on 8 seeds: no remedy.\n" in found.text()
    assert found.together is not None
    assert found.together.escaped == 8
    assert found.without["loss", "fused"].escaped == 0
    assert tuple(found.without) == found.together.remedies
    assert found.smallest[0].confirmed


def test_of_redundant_remedies_only_what_is_needed_is_left(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    def world(changed: Mapping[str, str]) -> bool:
        return "loss" in changed and bool({"width", "schedule"} & set(changed)) and "initializer" in changed

    found = said(stack, world, monkeypatch)
    (smallest, *_) = found.smallest
    names = {name for name, _ in smallest.remedies}
    assert names in ({"loss", "initializer", "width"}, {"loss", "initializer", "schedule"})
    assert found.summary.planned < 300


def test_nothing_by_itself_is_needed_where_any_two_of_three_do(
    stack: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = {"loss", "initializer", "width"}
    found = said(stack, lambda changed: len(three & set(changed)) >= 2, monkeypatch)
    names = {name for name, _ in found.smallest[0].remedies}
    assert len(names) == 2
    assert names < three


def test_a_remedy_that_hurts_in_company_is_seen(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda changed: {"loss", "schedule"} <= set(changed) and "width" not in changed, monkeypatch)
    assert found.together is not None
    assert found.together.escaped == 0
    assert found.without["width", "16"].escaped == 8
    assert found.overrides == ("loss=fused", "schedule=warmup")


def test_two_that_work_together_are_found_beside_one_that_spoils_them(
    stack: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = said(
        stack, lambda changed: {"loss", "normalization"} <= set(changed) and "width" not in changed, monkeypatch
    )
    assert found.together is not None
    assert found.together.escaped == 0
    assert [rate.remedies for rate in found.smallest] == [(("loss", "fused"), ("normalization", "batch"))]


def lucky(changed: Mapping[str, str], seed: int) -> bool:
    """Half of the seeds escape as compiled, of the first eight seven with another optimizer, all but one fresh one with
    the fused loss; width harms."""
    if "width" in changed:
        return False
    return seed != 9 if "loss" in changed else seed % 8 < (7 if "optimizer" in changed else 4)


def test_what_works_but_may_be_no_better_is_named(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answered(stack, lucky, monkeypatch)
    works = {rate.words: rate.better for rate in found.alone if rate.sufficient}
    assert works == {"loss=fused": False, "optimizer=momentum": False}
    text = found.text()
    assert "Work alone, on 8 seeds: loss=fused, optimizer=momentum.\n" in text
    assert "  (as compiled): 6 of 10\n" in text
    assert "  loss=fused: 9 of 10, confirmed, a rate of at least 0.53; not proven better than as compiled\n" in text
    assert "  optimizer=momentum: 9 of 10, confirmed" in text
    harm = answered(stack, lambda changed, seed: seed < 2 and "width" not in changed, monkeypatch).text()
    width = next(line for line in harm.splitlines() if line.startswith("width="))
    assert width.endswith("left out: does harm alone")
    more = answered(stack, lambda changed, seed: seed % 8 < (8 if "loss" in changed else 3), monkeypatch)
    assert [rate.better for rate in more.smallest] == [False]
    more = answered(stack, lambda changed, seed: "loss" in changed or seed in (3, 9), monkeypatch)
    assert [rate.better for rate in more.smallest] == [True]
    assert "not proven better" not in more.text()


def test_a_set_that_only_luck_chose_is_not_confirmed(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    def luck(changed: Mapping[str, str], seed: int) -> bool:
        if "optimizer" in changed:
            return seed % 10 < 9
        return "loss" in changed and (seed < 8 or seed % 2 == 0)

    found = answered(stack, luck, monkeypatch)
    assert [rate.words for rate in found.smallest] == ["optimizer=momentum", "loss=fused"], (
        "what is confirmed comes first"
    )
    assert "  loss=fused: 5 of 10, not confirmed, 0.5 is needed" in found.text()
    assert (
        "Smallest set: optimizer=momentum (confirmed).\nOthers of its size: loss=fused (not confirmed).\n"
        in found.text()
    )
    assert "optimizer=momentum" in found.overrides
    none = answered(stack, lambda changed, seed: "loss" in changed and (seed < 8 or seed % 2 == 0), monkeypatch)
    text = none.text()
    assert "Nothing is confirmed. Try with more seeds, as seed=range(16), or with more steps.\n" in text
    assert "Smallest set: loss=fused (not confirmed).\n" in text


def test_before_fresh_seeds_have_ended_nothing_is_proven(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    first = len(stages_of(stack).ask({}))
    for count in (first, first + 5):
        found = answered(stack, lambda changed, _: "loss" in changed, monkeypatch, stored_at_most=count)
        assert not found.smallest[0].confirmed
        assert "Not proven yet: the best must be trained again, on fresh seeds." in found.text()


def test_where_every_remedy_does_harm_nothing_is_said_of_all_at_once(
    stack: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = answered(stack, lambda changed, seed: seed < (1 if changed else 3), monkeypatch)
    assert (found.together, found.without) == (None, {})
    assert found.smallest == ()
    assert "with all" not in found.text()


def test_of_a_sweep_that_was_stopped_nothing_is_concluded(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answered(stack, lambda changed, _: {"loss", "width"} <= set(changed), monkeypatch, stored_at_most=60)
    text = found.text()
    assert "A signal stopped training before a sufficient set was found: run the same command again." in text
    assert "more steps" not in text
    none = answered(stack, lambda *_: False, monkeypatch, stored_at_most=0)
    assert none.bar is None
    assert "0 of 0 trials get above chance for good: no trial has ended." in none.text()
    assert "seeds are needed" not in none.text()


def test_of_a_sweep_that_was_stopped_a_set_that_lacks_one_does_not_stand_for_all_and_is_not_called_smallest(
    stack: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = stages_of(stack)
    alone = next(stages.stages({}))
    whole = stages.whole({})
    without_width = tuple(remedy for remedy in whole if remedy[0] != "width")
    stored = {trial.id for levels in (*alone, without_width) for trial in stages.trials(levels)}
    found = answered(stack, lambda changed, _: len(changed) > 1, monkeypatch, stored=stored)
    assert found.together is None
    assert [name for name, _ in found.without] == ["width"]
    assert [len(rate.remedies) for rate in found.smallest] == [len(whole) - 1]
    assert not found.reduced
    text = found.text()
    assert "all at once" not in text
    assert "Smallest set" not in text
    assert "A signal stopped training before smaller sets were tried: run the same command again." in text
    assert repr(found).endswith(", stopped by SIGINT>")
    assert "<th>all except this one</th>" in found._repr_html_()
    assert "Sufficient so far" in found._repr_html_()


def test_others_of_the_smallest_size_are_listed(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    two = said(stack, lambda changed: bool({"loss", "normalization"} & set(changed)), monkeypatch).text()
    assert "Others of its size: normalization=batch (confirmed).\n" in two
    three = said(stack, lambda changed: bool({"loss", "normalization", "width"} & set(changed)), monkeypatch).text()
    assert three.split("Others of its size: ")[1].split(".\n")[0].count(" (confirmed)") == 2


def test_of_a_model_that_is_not_stuck_nothing_is_left_out(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda _: True, monkeypatch)
    assert found.smallest == ()
    assert (found.together, found.without) == (None, {})
    assert "not stuck at chance" in found.text()
    assert "Causes of the trials" not in found.text()


def test_when_nothing_works_that_is_said(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda _: False, monkeypatch)
    assert found.overrides == ()
    assert "No set that was tried is sufficient" in found.text()


def test_with_too_few_seeds_it_is_not_said_that_nothing_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    few = choose(configure.compose(["task=digits", "loss=clipped", "seed=range(4)"]))
    found = said(few, lambda changed: "loss" in changed, monkeypatch)
    assert "At least 5 seeds are needed to prove a remedy; you gave 4. Omit `seed` to use 8." in found.text()
    assert "more steps" not in found.text()
