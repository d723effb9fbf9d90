from __future__ import annotations

import itertools

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from ablate.configure import compose
from ablate.core.errors import ConfigError
from ablate.core.study import Setting
from ablate.remedy_search import space
from tests.remedy_search.planted import named, study

REAL = ("loss=clipped,fused", "learning_rate=1e-1,1e-3,1e-2", "width=32,16", "depth=1,2", "dropout=0.0,0.5")


def every(own: space.Space) -> list[Setting]:
    names = [axis.name for axis in own.axes]
    levels = itertools.product(*(axis.levels for axis in own.axes))
    return [own.baseline.replace(**dict(zip(names, each, strict=True))) for each in levels]


@pytest.mark.parametrize("own", [space.of(study()), space.of(compose(REAL))])
def test_every_setting_is_one_point_and_comes_back_from_it(own: space.Space) -> None:
    settings = every(own)
    points = [tuple(own.params(setting).items()) for setting in settings]
    assert len(set(points)) == len(settings) == own.size
    assert [own.setting(dict(point)) for point in points] == settings
    for setting in settings:
        for name, value in own.params(setting).items():
            assert own.distributions()[name]._contains(own.distributions()[name].to_internal_repr(value))
        for name, value in own.shown(setting).items():
            shown = own.shown_distributions()[name]
            assert shown._contains(shown.to_internal_repr(value))


def test_numbers_are_ordered_and_shown_as_numbers() -> None:
    own = space.of(compose(REAL))
    assert own.distributions()["learning_rate"] == IntDistribution(0, 2)
    assert own.shown_distributions()["learning_rate"] == FloatDistribution(1e-3, 1e-1, log=True)
    assert own.shown_distributions()["width"] == IntDistribution(16, 32)
    assert own.distributions()["loss"] == CategoricalDistribution(("clipped", "fused"))
    low = own.setting({**own.params(own.baseline), "learning_rate": 0})
    assert low["learning_rate"].params == 1e-3


def test_what_is_broken_is_held_unless_it_is_asked_for() -> None:
    given = compose([*REAL, "fault=none,nan_row", "task=digits,blobs"])
    own = space.of(given)
    assert set(own.held) == {"fault", "task"}
    assert {axis.name for axis in own.axes} == {"loss", "learning_rate", "width", "depth", "dropout"}
    asked = space.of(given, ("loss", "fault"))
    assert [axis.name for axis in asked.axes] == ["loss", "fault"]


def test_shape_is_what_does_not_share_a_program() -> None:
    own = space.of(compose([*REAL, "optimizer=adam,sgd", "input_scale=raw,standardized"]))
    assert {"width", "depth", "optimizer", "input_scale"} <= set(own.shape)
    assert not {"loss", "learning_rate"} & set(own.shape)


def test_reversals_take_one_change_back_each() -> None:
    own = space.of(study())
    setting = every(own)[-1]
    assert named(setting) == {"a": "a0", "b": "b2", "c": "c2", "d": "d1"}
    assert own.changed(setting) == ("b", "c", "d")
    parts = own.reversals(setting)
    assert [own.changed(part) for part in parts] == [("c", "d"), ("b", "d"), ("b", "c")]
    assert all(own.smaller(part, setting) and not own.smaller(setting, part) for part in parts)
    assert own.smaller(own.baseline, setting)


def test_a_setting_with_another_level_is_not_part_of_one() -> None:
    own = space.of(study())
    one, other = (
        own.setting({"a": 2, "b": "b1", "c": "c0", "d": "d0"}),
        own.setting({"a": 2, "b": "b2", "c": "c1", "d": "d0"}),
    )
    assert not own.smaller(one, other)


@pytest.mark.parametrize(
    ("factors", "message"),
    [(("losss",), "Did you mean 'loss'"), (("depth_",), "depth"), (("batch_size",), "that the study varies")],
)
def test_factors_that_cannot_be_searched_are_named(factors: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        space.of(compose(REAL), factors)


def test_a_space_of_one_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="factors that vary"):
        space.of(compose())
    with pytest.raises(ConfigError, match="factors that vary"):
        space.of(compose(["fault=none,nan_row"]))
