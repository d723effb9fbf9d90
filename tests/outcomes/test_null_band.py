"""The untrained networks of a study: which they are, and that their text tells them apart."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

from ablate import configure
from ablate.core.study import canonical
from ablate.outcomes.null_band import GLOROT, Networks
from ablate.remedies import _plugins


def networks(*overrides: str) -> Networks:
    return Networks.of(configure.compose(overrides))


def test_the_networks_of_a_study_are_its_levels_and_the_baseline_comes_first() -> None:
    study = configure.compose(["width=16,32", "activation=relu,tanh"])
    factors = [replace(factor, baseline=factor.levels[-1]) for factor in study.factors]
    of_study = Networks.of(replace(study, factors=tuple(factors)))
    assert list(of_study.widths) == [32, 16]
    assert [params["kind"] for params in of_study.activations] == ["tanh", "relu"]


def test_equal_networks_have_equal_texts() -> None:
    text = networks("width=16,32").text
    assert networks("width=16,32", "learning_rate=0.1,0.2", "seed=1,2").text == text
    assert networks("width=16,64").text != text


def test_levels_of_other_packages_are_left_out_and_a_plain_level_stands_in_for_all() -> None:
    with mock.patch.object(_plugins, "brings", lambda name, params: name == "activation" and params["kind"] == "tanh"):
        assert [params["kind"] for params in networks("activation=tanh,relu").activations] == ["relu"]
        assert [params["kind"] for params in networks("activation=tanh").activations] == ["relu"]


def test_kinds_are_each_named_once_and_no_wider_than_the_limit() -> None:
    networks = Networks(
        widths=[64, 128, 256, 4096],
        depths=[2],
        activations=[{"kind": "relu"}],
        initializers=[GLOROT, {"kind": "zeros"}],
        input_scales=[{"kind": "standardized"}],
    )
    assert [kind[:2] for kind in networks.kinds()] == [(64, 2), (128, 2)]
    width, depth, _, initializer, _ = networks.first()
    assert (width, depth, initializer) == (128, 2, canonical(GLOROT))
