from __future__ import annotations

import pytest

from ablate import configure, remedies
from ablate.configure import levels_from_config
from ablate.core.study import Study
from tests.configure.messages import message


def names(study: Study, factor: str) -> list[str]:
    return [level.name for level in study.factor(factor).levels]


def test_the_first_level_is_the_baseline_where_the_configs_own_is_not_among_them() -> None:
    study = configure.compose(["width=32,256", "learning_rate=1e-1,1e-3"])
    assert study.factor("width").baseline.name == "32"
    assert study.factor("learning_rate").baseline.name == "0.001"
    assert configure.compose(["width=32,256", "baseline.width=256"]).factor("width").baseline.name == "256"


def test_a_sweep_over_a_parameter_makes_levels_of_those_that_take_it() -> None:
    study = configure.compose(["loss=clipped,fused", "loss.eps=1e-3,1e-7"])
    assert names(study, "loss") == ["clipped(eps=0.001)", "clipped(eps=1e-07)", "fused"]
    assert [level.params.get("eps") for level in study.factor("loss").levels] == [1e-3, 1e-7, None]
    assert study.factor("loss").baseline.name == "clipped(eps=1e-07)"


def test_a_single_parameter_changes_the_level_even_if_its_file_leaves_it_out() -> None:
    study = configure.compose(["optimizer=sgd", "optimizer.momentum=0.9"])
    assert study.baseline["optimizer"].params == {"kind": "sgd", "momentum": 0.9, "nesterov": False}
    assert configure.compose(["loss.eps=${learning_rate}"]).baseline["loss"].params["eps"] == 0.001


def test_a_mapping_is_one_level_of_a_file_with_other_parameters() -> None:
    changed = "{level: clipped, eps: 1e-3}"
    alone = configure.compose([f"loss={changed}"])
    assert [level.params["eps"] for level in alone.factor("loss").levels] == [1e-3]
    assert alone.baseline.params() == configure.compose(["loss=clipped", "loss.eps=1e-3"]).baseline.params()
    listed = configure.compose(["loss={level: 'clipped', eps: 1e-3},fused"]).factor("loss")
    assert [level.name for level in listed.levels] == ["clipped(eps=0.001)", "fused"]
    design = configure.compose(["design={level: pairs, factors: [loss, width]}", "loss=clipped,fused", "width=8,16"])
    assert design.designs == ({"kind": "pairs", "factors": ["loss", "width"]},)


@pytest.mark.parametrize("value", ["normalization=false", "normalization=off", "normalization='off'"])
def test_false_is_the_level_off(value: str) -> None:
    assert configure.compose([value]).baseline["normalization"].name == "off"


def test_a_first_phase_under_the_baseline_is_resolved_into_its_parameters() -> None:
    study = configure.compose(["start=fresh,collapsed", "loss=clipped,fused", "learning_rate=0.03", "width=256"])
    after = study.factor("start").levels[1].params["after"]
    assert after["steps"] == 400
    assert after["setting"]["learning_rate"] == 0.03
    assert after["setting"]["loss"] == {"kind": "clipped", "eps": 1e-7}
    assert set(after["setting"]) == set(remedies.registry()) - {"task", "model", "start", "width", "depth"}


def test_a_first_phase_can_change_the_baseline() -> None:
    study = configure.compose(
        ["start=collapsed", "start.after={setting: {loss: fused, learning_rate: 0.5}, steps: 7}", "loss=clipped,fused"]
    )
    setting = study.baseline["start"].params["after"]["setting"]
    assert setting["loss"] == {"kind": "fused"}
    assert setting["learning_rate"] == 0.5
    assert setting["optimizer"]["kind"] == "adam"


def test_levels_in_a_config_may_be_changed_and_named() -> None:
    study = configure.compose(
        [
            "factors.loss=[clipped, {level: clipped, eps: 0.01}, {level: clipped, eps: 0.1, name: mild}]",
            "factors.width='range(8,24,8)'",
        ]
    )
    assert names(study, "loss") == ["clipped", "clipped(eps=0.01)", "mild"]
    assert study.factor("loss").levels[2].params == {"kind": "clipped", "eps": 0.1}
    assert names(study, "width") == ["8", "16"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["loss.epps=1e-3"], "Unknown parameter of `loss=clipped`: 'epps'. Did you mean 'eps'?"),
        (
            ["loss=clipped,fused", "loss.epps=1,2"],
            "Unknown parameter of `loss=clipped,fused`: 'epps'. Did you mean 'eps'?",
        ),
        (["loss.eps=big"], "`loss.eps` must be a number. Received: 'big'."),
        (
            ["loss.eps=nan"],
            "Level 'clipped(eps=nan)' of `loss` must have finite numbers. Received: {'kind': 'clipped', 'eps': nan}.",
        ),
        (["width=abc"], "`width` must be a whole number from 1 to 65536. Received: 'abc'."),
        (["width=32,33.5"], "`width` must be a whole number from 1 to 65536. Received: 33.5."),
        (["width=32,32"], "Factor `width` must have each level once. Received: 32, 32."),
        (["task=npz"], "`task.path` must be given. Write `task.path=...`."),
        (
            ["optimizer={beta_1: 0.5}"],
            (
                "A level that is a mapping must name a level file, as {level: adam, beta_1: 0.5}. "
                "Received: {'beta_1': 0.5}."
            ),
        ),
        (["baseline.width=7", "width=8,16"], "Unknown level of `width` in this study: '7'."),
        (
            ["start=collapsed", "start.after.setting=best"],
            "`start.after.setting` must be baseline, or a mapping of factor to level. Received: 'best'.",
        ),
        (
            ["start=collapsed", "start.after={setting: {los: fused}, steps: 7}"],
            "Unknown factor in `start.after.setting`: 'los'. Did you mean 'loss'?",
        ),
        (
            ["start=collapsed", "start.after={setting: {width: 8}, steps: 7}"],
            "Unknown factor in `start.after.setting`: 'width'.",
        ),
        (
            ["start=collapsed", "start.after.steps=3000000000"],
            "`start.after.steps` must be a whole number from 1 to 2147483647. Received: 3000000000.",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_level_that_cannot_be_is_one_clear_message(given: list[str], expected: str) -> None:
    assert message(given) == expected


def test_a_value_is_put_at_its_path() -> None:
    params = {"kind": "adam", "after": {"steps": 3, "setting": "baseline"}}
    assert levels_from_config.put(params, "after.steps", 5)["after"] == {"steps": 5, "setting": "baseline"}
    assert params["after"]["steps"] == 3
    assert levels_from_config.put(None, "a.b", 1) == {"a": {"b": 1}}
