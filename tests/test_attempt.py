"""Trying a user's model: what is asked for stage by stage, what is said of it, and what is refused before anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ablate import attempt, configure
from ablate.attempt.answer import answer
from ablate.attempt.menu import Menu, menu
from ablate.attempt.stages import Levels, Stages
from ablate.cli import USAGE_ERROR, main
from ablate.curves import Curves
from ablate.errors import ConfigError
from ablate.sources import Seen
from ablate.study import Study, Trial
from ablate.summary import Summary

NETS = "tests.engine.nets"


@pytest.fixture(scope="module")
def stack() -> Menu:
    """The menu of a plain stack whose own words need no TensorFlow to say."""
    study = configure.compose(["task=digits", "loss=clipped", "seed=range(8)", "input_scale=as_is"])
    return menu(study)


SILENT = Curves(
    id="x",
    signals={
        name: np.full(6, value)
        for name, value in {
            "loss": np.log(10),
            "train_loss": np.log(10),
            "finite": 1.0,
            "zero_gradient_share": 0.0,
            "dead_share_1": 1.0,
            "unit_spread_1": 0.0,
        }.items()
    },
)
"""Of a trial whose only layer is silent throughout."""

Rule = Callable[[Mapping[str, str]], bool]


def ended(stages: Stages, escapes: Rule) -> dict[str, Seen]:
    """Everything the stages ask for, with the outcomes of a rule on the changed levels."""
    seen: dict[str, Seen] = {}
    while wanted := stages.ask(seen):
        base = stages.menu.study.baseline
        for trial in wanted:
            changed = {name: level.name for name, level in trial.setting if level != base[name]}
            good = escapes(changed)
            seen[trial.id] = Seen(trial, "escaped" if good else "stuck", 16 if good else None)
    return seen


def stages_of(own: Menu) -> Stages:
    return Stages(menu=own, trials_of=attempt.trials_of(own.study))


def said(own: Menu, escapes: Rule, monkeypatch: pytest.MonkeyPatch) -> attempt.Attempt:
    """The answer in a world where a rule decides."""
    stages = stages_of(own)
    seen = ended(stages, escapes)
    stored = {name: (each.state, each.time) for name, each in seen.items()}
    monkeypatch.setattr("ablate.store.outcomes", lambda _: stored)
    monkeypatch.setattr("ablate.store.read_curves", lambda _, ids: dict.fromkeys(list(ids)[:6], SILENT))
    summary = Summary(study="x", folder=SimpleNamespace(), planned=len(seen), kept=len(seen), trained=len(seen))  # type: ignore[arg-type]
    return answer(stages, summary, ())


def test_the_menu_leaves_out_what_the_model_has_already(stack: Menu) -> None:
    tried = {factor.name: [level.name for level in factor.levels[1:]] for factor in stack.study.varying}
    assert tried["learning_rate"] == ["0.0001", "1e-05", "0.01"]
    assert tried["loss"] == ["fused"]
    assert tried["optimizer"] == ["momentum"]
    assert tried["width"] == ["16"]
    assert tried["activation"] == ["leaky_relu"]
    assert tried["normalization"] == ["batch"]
    assert tried["initializer"] == ["he"]
    assert "dropout" not in tried
    assert not stack.left_out


def test_a_loss_that_is_fused_already_is_not_tried_again() -> None:
    own = menu(
        configure.compose(["loss=keras", "dropout=0.3", "normalization=layer", "clipping=norm", "activation=tanh"])
    )
    tried = {factor.name: [level.name for level in factor.levels[1:]] for factor in own.study.varying}
    assert tried["loss"] == ["label_smoothing"]
    assert tried["dropout"] == ["0.0"]
    assert tried["normalization"] == ["off"]
    assert tried["activation"] == ["leaky_relu", "relu"]
    assert "clipping" not in tried


def test_levels_that_the_user_lists_are_tried_in_place_of_the_menus() -> None:
    own = menu(configure.compose(["learning_rate=0.5,0.001", "baseline.learning_rate=0.5"]))
    assert [level.name for level in own.study.factor("learning_rate").levels] == ["0.5", "0.001"]


def test_one_remedy_that_works_alone_is_the_smallest_set(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda changed: changed.get("loss") == "fused", monkeypatch)
    assert [rate.words for rate in found.smallest] == ["loss=fused"]
    assert found.overrides == ("loss=fused",)
    assert "from_logits=True" in " ".join(found.keras)
    assert found.baseline.escaped == 0
    assert found.without[0].escaped == 8
    without_loss = [rate for rate in found.without[1:] if "loss" not in dict(rate.remedies)]
    assert [rate.escaped for rate in without_loss] == [0]
    assert len(found.without) == 1 + len(found.without[0].remedies)
    text = found.text()
    assert "Works alone: loss=fused" in text
    assert "Smallest set: loss=fused (8 of 8" in text
    assert found.sights == {"dead_units": 6}
    assert "look like this: dead_units (a layer is silent for every input) 6." in text
    assert "ablate sweep task=digits 'seed=range(8)' input_scale=as_is loss=fused" in text


def test_two_remedies_that_work_only_together_are_found_by_leaving_out(
    stack: Menu, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = said(stack, lambda changed: {"loss", "normalization"} <= set(changed), monkeypatch)
    assert not any(rate.escaped for rate in found.alone)
    assert [rate.remedies for rate in found.smallest] == [(("loss", "fused"), ("normalization", "batch"))]
    assert "Works alone: none" in found.text()


def test_redundant_remedies_are_added_one_by_one(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    def world(changed: Mapping[str, str]) -> bool:
        return "loss" in changed and bool({"width", "schedule"} & set(changed)) and "initializer" in changed

    found = said(stack, world, monkeypatch)
    assert found.smallest, "the set of all but the redundant ones is found"
    assert {"loss", "initializer"} <= set(dict(found.smallest[0].remedies))


def test_a_remedy_that_hurts_in_company_is_seen(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda changed: "loss" in changed and "width" not in changed, monkeypatch)
    assert found.without[0].escaped == 0
    (without_width,) = [rate for rate in found.without[1:] if "width" not in dict(rate.remedies)]
    assert without_width.escaped == 8
    assert found.overrides == ("loss=fused",)


def test_of_a_model_that_is_not_stuck_nothing_is_left_out(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda _: True, monkeypatch)
    assert found.smallest == ()
    assert found.without == ()
    assert "not stuck at chance" in found.text()
    assert "look like this" not in found.text()


def test_when_nothing_works_that_is_said(stack: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(stack, lambda _: False, monkeypatch)
    assert found.overrides == ()
    assert "No set that was tried is sufficient" in found.text()


def test_stages_ask_again_for_the_same_after_a_stop(stack: Menu) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    half = {trial.id: Seen(trial, "stuck") for trial in first[::2]}
    assert stages.ask(half) == first


def test_the_second_stage_begins_when_what_it_depends_on_is_known(stack: Menu) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    rivals = {"learning_rate", "schedule", "input_scale"}
    assert {name for name, levels in stages.remedies().items() if len(levels) > 1} == rivals
    base, seen = stack.study.baseline, {}
    for trial in first:
        changed = {name for name, level in trial.setting if level != base[name]}
        if changed <= rivals:
            assert stages.ask(seen) == first
            good = trial.setting["learning_rate"].params == 0.01
            seen[trial.id] = Seen(trial, "escaped" if good else "stuck", 16 if good else None)
    both = stages.ask(seen)
    assert both[: len(first)] == first
    later = {trial.setting for trial in both[len(first) :]}
    assert len(later) == 1 + len(stages.remedies())
    rates = {setting["learning_rate"].params for setting in later}
    assert rates == {0.01, base["learning_rate"].params}
    rest = [trial for trial in both if trial.id not in seen]
    # The third stage waits for all of the first, even where the second is over.
    seen |= {trial.id: Seen(trial, "stuck") for trial in rest if trial not in first}
    assert stages.ask(seen) == first


def test_a_baseline_that_escapes_has_no_second_stage(stack: Menu) -> None:
    stages = stages_of(stack)
    first = stages.ask({})
    seen = {trial.id: Seen(trial, "escaped", 16) for trial in first[:-1]}
    assert stages.ask(seen) == first


def test_the_best_level_of_a_factor_stands_for_it(stack: Menu) -> None:
    stages = stages_of(stack)
    seen = ended(stages, lambda changed: changed.get("learning_rate") == "0.01" and len(changed) == 1)
    assert dict(stages.whole(seen))["learning_rate"] == "0.01"
    assert dict(stages.whole({}))["learning_rate"] == "0.0001"


def test_what_the_layers_leave_no_place_for_is_asked_of_the_builder_or_left_out() -> None:
    own = menu(configure.compose([f"model={NETS}:branches", "seed=0"]))
    assert set(own.by_argument) == {"width"}
    assert "no such argument" in own.left_out["activation"]
    levels: Levels = (("width", own.study.factor("width").levels[1].name),)
    setting = stages_of(own).setting(levels)
    assert setting["model"].params["arguments"] == {"width": 4}
    assert setting["model"].params["template"]["width"] == 4
    assert setting["width"].params == 4


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    from sklearn.datasets import load_digits

    found = load_digits()
    np.savez(tmp_path / "digits.npz", x=found.data, y=found.target)
    return tmp_path / "digits.npz"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "A model of yours must be named"),
        (["model=nowhere_at_all:build"], "no module 'nowhere_at_all'"),
        ([f"model={NETS}:stak"], "Did you mean 'stack'"),
        ([f"model={NETS}:wrong", "model.arguments.how=raises"], "ZeroDivisionError"),
        ([f"model={NETS}:single"], "one output a class"),
        ([f"model={NETS}:images", "width=4,8"], "`width` cannot vary"),
        (["model=mpl"], "Unknown level of `model`: 'mpl'. Did you mean 'mlp'?"),
    ],
)
def test_what_cannot_be_tried_ends_with_status_2_and_writes_nothing(
    words: list[str], message: str, arrays: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = sorted(arrays.parent.iterdir())
    status = main(["try", *words, "task=npz", f"path={arrays}", f"results_dir={arrays.parent / 'results'}"])
    said = capsys.readouterr()
    assert status == USAGE_ERROR
    assert message in said.err
    assert said.out == ""
    assert sorted(arrays.parent.iterdir()) == there


def test_every_factor_fixed_is_nothing_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    study = configure.compose(["seed=0"])

    def bare(own: Study) -> Menu:
        factors = tuple(dataclasses.replace(each, levels=(each.baseline,)) for each in own.factors)
        return Menu(study=dataclasses.replace(own, factors=factors), left_out={})

    monkeypatch.setattr(attempt, "_study", lambda _: study)
    monkeypatch.setattr(attempt, "check", lambda _: ())
    monkeypatch.setattr(attempt, "menu", bare)
    with pytest.raises(ConfigError, match="There must be a remedy to try"):
        attempt.attempt([])


def test_trials_of_a_setting_are_those_of_a_sweep(stack: Menu) -> None:
    trials: Iterator[Trial] = iter(attempt.trials_of(stack.study)(stack.study.baseline))
    assert [trial.seed for trial in trials] == list(range(8))
