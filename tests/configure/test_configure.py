from __future__ import annotations

import shlex
import time
from pathlib import Path

from ablate import configure, remedies
from ablate.core.study import Study, canonical
from ablate.design import designs
from tests.configure.messages import message


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


def test_path_is_shorthand_for_the_users_own_arrays() -> None:
    study = configure.compose(["task=npz", "path=data/x.npz"])
    assert study.baseline["task"].params == {
        "kind": "npz",
        "path": "data/x.npz",
        "inputs": "x",
        "labels": "y",
        "validation": "",
    }


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


def test_a_level_made_from_another_one_is_hydras_to_compose(tmp_path: Path) -> None:
    (tmp_path / "optimizer").mkdir()
    (tmp_path / "optimizer" / "mine.yaml").write_text("defaults: [adam]\nbeta_1: 0.5\n")
    study = configure.compose([f"hydra.searchpath=[file://{tmp_path}]", "optimizer=adam,mine"])
    assert study.factor("optimizer").levels[1].params["beta_1"] == 0.5
    assert study.factor("optimizer").levels[1].params["beta_2"] == 0.999


def test_a_level_chosen_as_a_key_is_refused_with_the_line_to_write(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("# @package _global_\nactivation: tanh\n")
    said = message([f"hydra.searchpath=[file://{tmp_path}]", "experiment=mine"])
    assert "under `defaults`, as `- override /activation: tanh`" in said


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
