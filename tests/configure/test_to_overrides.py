from __future__ import annotations

import pytest

from ablate import configure
from ablate.core.errors import ConfigError
from ablate.core.study import Factor


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
    params = {"kind": "npz", "path": "a b/c'd,e={f}.npz", "inputs": "x", "labels": "y", "validation": ""}
    words = configure.overrides_for({"task": params, "learning_rate": 1e-30, "dropout": 0.1})
    study = configure.compose(words)
    assert study.baseline["task"].params == params
    assert study.baseline["learning_rate"].params == 1e-30


def test_the_shortest_way_to_a_level_is_chosen() -> None:
    assert configure.overrides_for({"loss": {"kind": "clipped", "eps": 1e-3}}) == ["loss=clipped_1e-3"]
    assert configure.overrides_for({"loss": {"kind": "clipped", "eps": 1e-7}}) == []
    assert configure.overrides_for({"loss": {"kind": "clipped", "eps": 0.5}}) == ["loss.eps=0.5"]


def test_parameters_of_a_kind_without_a_file_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^Unknown kind of `clipping` in its config files: 'nrm'. Did you mean"):
        configure.overrides_for({"clipping": {"kind": "nrm"}})
