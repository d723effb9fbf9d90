from __future__ import annotations

import shlex
import time
from pathlib import Path

import pytest

from ablate import configure, remedies
from ablate.core.errors import ConfigError
from ablate.core.study import Factor, Study, canonical
from ablate.design import designs


def names(study: Study, factor: str) -> list[str]:
    return [level.name for level in study.factor(factor).levels]


def test_without_overrides_nothing_varies_and_the_defaults_list_is_the_baseline() -> None:
    study = configure.compose()
    assert study.varying == ()
    assert study.baseline["loss"].params == {"kind": "clipped", "eps": 1e-7}
    assert study.baseline["width"].params == 64
    assert {factor.name for factor in study.factors} == set(remedies.registry())
    assert study.seeds == tuple(range(20))
    assert (study.name, study.results_dir, study.engine) == ("sweep", "results", "fused")


def test_a_list_gives_levels_and_a_single_value_is_baseline_and_only_level() -> None:
    study = configure.compose(["loss=fused,clipped", "width=32", "seed=range(5)"])
    assert names(study, "loss") == ["fused", "clipped"]
    assert study.factor("loss").baseline.name == "clipped"
    assert names(study, "width") == ["32"]
    assert study.baseline["width"].params == 32
    assert study.seeds == (0, 1, 2, 3, 4)
    assert study.name == "loss"


def test_the_first_level_is_the_baseline_where_the_configs_own_is_not_among_them() -> None:
    study = configure.compose(["width=32,256", "learning_rate=1e-1,1e-3"])
    assert study.factor("width").baseline.name == "32"
    assert study.factor("learning_rate").baseline.name == "0.001"
    assert configure.compose(["width=32,256", "baseline.width=256"]).factor("width").baseline.name == "256"


@pytest.mark.parametrize(
    ("override", "factor", "expected"),
    [
        ("width=range(16,64,16)", "width", ["16", "32", "48"]),
        ("loss=choice(clipped,fused)", "loss", ["clipped", "fused"]),
        ("regularizer=glob(l*)", "regularizer", ["l1", "l2", "l2_strong"]),
        ("regularizer=glob(*,exclude=o*)", "regularizer", ["activity", "l1", "l2", "l2_strong"]),
        ("width=sort(64,16)", "width", ["16", "64"]),
        ("learning_rate=range(0.1,0.35,0.1)", "learning_rate", ["0.1", "0.2", "0.3"]),
        ("normalization=off,batch", "normalization", ["off", "batch"]),
        ("++width=16,32", "width", ["16", "32"]),
    ],
)
def test_hydras_grammar_holds_in_full(override: str, factor: str, expected: list[str]) -> None:
    assert names(configure.compose([override]), factor) == expected


def test_shuffle_keeps_the_levels() -> None:
    assert sorted(names(configure.compose(["width=shuffle(16,32,64)"]), "width")) == ["16", "32", "64"]


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


def test_path_is_shorthand_for_the_users_own_arrays() -> None:
    study = configure.compose(["task=npz", "path=data/x.npz"])
    assert study.baseline["task"].params == {"kind": "npz", "path": "data/x.npz", "inputs": "x", "labels": "y"}


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


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["los=fused"], "Unknown factor or key: 'los'. Did you mean 'loss'?"),
        (["loss=fussed"], "Unknown level of `loss`: 'fussed'. Did you mean 'fused'?"),
        (["loss=clipped,fussed"], "Unknown level of `loss`: 'fussed'. Did you mean 'fused'?"),
        (["loss=null"], "Unknown level of `loss`: 'none'."),
        (["loss.epps=1e-3"], "Unknown parameter of `loss=clipped`: 'epps'. Did you mean 'eps'?"),
        (["loss.eps=big"], "`loss.eps` must be of type float. Received: 'big'."),
        (["loss.eps=nan"], "must have finite numbers"),
        (["width=abc"], "`width` must be a whole number from 1 to 65536. Received: 'abc'."),
        (["width=32,33.5"], "Received: 33.5."),
        (["width.size=3"], "`width` is a number and has no parameters."),
        (["steps=many"], "`steps` must be of type int. Received: 'many'."),
        (["steps=10", "looks=25"], "1 <= looks <= steps <= 2147483647 must hold. Received: looks=25, steps=10."),
        (["steps=3000000000"], "1 <= looks <= steps <= 2147483647 must hold. Received: looks=25, steps=3000000000."),
        (["seed=-1"], "`seed` must be a whole number"),
        (["seed=range(0)"], "an empty grid"),
        (["activation=glob(x*)"], "an empty grid"),
        (["seed=range(1000000000)"], "1,000,000,000 values"),
        (["seed=range(200)", "width=range(1,1001)", "batch_size=range(1,61)"], "at most 10,000,000 trials"),
        (["learning_rate=interval(1e-4,1)"], "only a search draws from it"),
        (["loss"], "no override in Hydra's grammar"),
        (["learning_rate=0.1,,"], "no override in Hydra's grammar"),
        (["engine=slow"], "Unknown engine: 'slow'."),
        (["engine=fused,reference"], "`engine` is one for the whole study and cannot sweep."),
        (["experiment=blgo"], "Unknown experiment: 'blgo'. Did you mean 'blog'?"),
        (["study=a/b"], "`study` must be a folder's name"),
        (["~loss"], "Factor `loss` must have a level"),
        (["width=32,32"], "names one level twice"),
        (["task=npz"], "`task.path` must be given."),
        (["workers=-1"], "`workers` must be at least 0"),
        (["factors={los: [fused]}"], "Unknown factor in `factors`: 'los'. Did you mean 'loss'?"),
        (["factors={loss: []}"], "an empty grid"),
        (
            [
                "contrasts=[{factor: loss, level: fused, against: clipped, at: {los: fused}}]",
                "factors.loss=[clipped,fused]",
            ],
            "'loss'?",
        ),
        (
            [
                "contrasts=[{factor: loss, level: fused, against: clipped, at: {loss: fussed}}]",
                "factors.loss=[clipped,fused]",
            ],
            "'fused'?",
        ),
        (
            ["contrasts=[{factor: loss, level: fused, against: clipped, at: fused}]", "factors.loss=[clipped,fused]"],
            "must map factors",
        ),
        (
            ["contrasts=[{factor: loss, level: fused, against: clipped, expect: mor}]", "factors.loss=[clipped,fused]"],
            "'more'?",
        ),
        (["contrasts=[{factor: loss, level: fussed, against: clipped}]", "factors.loss=[clipped,fused]"], "'fused'?"),
        (["hydra.nonsense=1"], "Could not override 'hydra.nonsense'."),
        (["start=collapsed", "start.after.setting=best"], "`start.after.setting` must be baseline, or a mapping"),
    ],
)
def test_what_cannot_be_is_one_clear_message(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configure.compose(overrides)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_experiment_gives_levels_baseline_design_and_contrasts() -> None:
    study = configure.compose(["experiment=blog"])
    assert study.name == "blog"
    assert study.question.endswith("?")
    assert study.contrasts
    for factor in study.varying:
        assert factor.baseline in factor.levels
    assert len(designs.settings(study)) * len(study.seeds) >= 3000


def test_overrides_replace_an_experiments_levels_and_keep_the_rest() -> None:
    blog = configure.compose(["experiment=blog", "design=one_at_a_time"])
    changed = configure.compose(["+experiment=blog", "design=one_at_a_time", "loss=fused", "width=8,16", "seed=3"])
    assert names(changed, "loss") == ["fused"]
    assert names(changed, "width") == ["8", "16"]
    assert names(changed, "optimizer") == names(blog, "optimizer")
    assert changed.seeds == (3,)
    assert all(contrast.factor not in ("loss", "width") for contrast in changed.contrasts)
    assert changed.designs == ({"kind": "one_at_a_time"},)


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


def test_a_level_made_from_another_one_is_hydras_to_compose(tmp_path: Path) -> None:
    (tmp_path / "optimizer").mkdir()
    (tmp_path / "optimizer" / "mine.yaml").write_text("defaults: [adam]\nbeta_1: 0.5\n")
    study = configure.compose([f"hydra.searchpath=[file://{tmp_path}]", "optimizer=adam,mine"])
    assert study.factor("optimizer").levels[1].params["beta_1"] == 0.5
    assert study.factor("optimizer").levels[1].params["beta_2"] == 0.999


def test_every_level_file_composes_as_hydra_alone_composes_it() -> None:
    import hydra
    from omegaconf import OmegaConf

    from ablate.configure.config_files import opened

    levels = {
        name: configure.compose([f"{name}=glob(*)"]).factor(name)
        for name in ("loss", "optimizer", "normalization", "clipping")
    }
    with opened():
        for name, factor in levels.items():
            for level in factor.levels:
                alone = OmegaConf.to_container(hydra.compose("config", [f"{name}={level.name}"]))[name]
                assert canonical(remedies.checked(name, alone)) == level.text, level.name


def everything() -> list[Factor]:
    return [
        configure.compose([f"{name}=glob(*)", *(["task.path=x.npz"] if name == "task" else [])]).factor(name)
        for name, levels in configure.factors().items()
        if len(levels) > 1 and name != "model"
    ]


def test_every_level_of_every_factor_can_be_said_in_overrides_again() -> None:
    factors = everything()
    for place in range(max(len(factor.levels) for factor in factors)):
        levels = {factor.name: factor.levels[place % len(factor.levels)] for factor in factors}
        words = configure.overrides_for({name: level.params for name, level in levels.items()})
        again = configure.compose([*words, "seed=0"]).baseline
        for name, level in levels.items():
            assert again[name] == level, words


def test_odd_values_survive_the_way_through_overrides() -> None:
    params = {"kind": "npz", "path": "a b/c'd,e={f}.npz", "inputs": "x", "labels": "y"}
    words = configure.overrides_for({"task": params, "learning_rate": 1e-30, "dropout": 0.1})
    study = configure.compose(words)
    assert study.baseline["task"].params == params
    assert study.baseline["learning_rate"].params == 1e-30


def test_the_command_says_it_all() -> None:
    overrides = ["loss=clipped,fused", "activation=glob(*)", "seed=range(2)"]
    command = configure.compose(overrides).command
    assert command == "ablate sweep loss=clipped,fused 'activation=glob(*)' 'seed=range(2)'"
    assert configure.compose(shlex.split(command)[2:]) == configure.compose(overrides)


def test_hydras_state_is_put_back() -> None:
    from hydra.core.global_hydra import GlobalHydra

    configure.compose(["loss=fused"])
    assert not GlobalHydra.instance().is_initialized()


def test_composing_takes_a_time_that_does_not_grow_with_the_trials() -> None:
    started = time.perf_counter()
    configure.compose(["loss=clipped,fused"])
    few = time.perf_counter() - started
    started = time.perf_counter()
    configure.compose(["loss=clipped,fused", "width=range(1,101)", "batch_size=range(1,101)", "seed=range(100)"])
    assert time.perf_counter() - started < 20 * few


def test_the_lists_name_what_there_is() -> None:
    assert configure.factors()["clipping"] == ("none", "global_norm", "norm", "value")
    assert configure.factors()["width"] == ("64",)
    assert configure.experiments()["blog"] == configure.compose(["experiment=blog"]).question
