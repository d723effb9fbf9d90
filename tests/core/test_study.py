from __future__ import annotations

import dataclasses

import pytest

from ablate import configure
from ablate.core import study
from ablate.core.errors import ConfigError
from ablate.core.study import Budget, Factor, Level, Setting, canonical, trial_ids
from ablate.design import designs

FROZEN = {
    ("loss=clipped", "seed=0"): "259445769a81148a",
    ("loss=fused", "seed=0"): "6c18ca7c5e89e3c3",
    ("loss=clipped_1e-3", "seed=7"): "56e0c08e0d00666e",
    ("learning_rate=0.03", "width=256", "activation=leaky_relu", "seed=0"): "a4e169a159d3efb9",
    ("optimizer=sgd", "optimizer.momentum=0.9", "seed=1"): "26f200a0be336009",
    ("normalization=batch", "clipping=norm", "dropout=0.2", "seed=2"): "88c66c9a5c4cbd55",
    ("regularizer=l2", "constraint=max_norm", "schedule=cosine", "seed=3"): "7c0c6cda23554b1b",
    ("initializer=zeros", "input_scale=raw", "batch_size=128", "depth=0", "seed=4"): "64b823577038108a",
    ("fault=labels_shuffled", "seed=5"): "09c8eef9c788124f",
    ("start=dead", "seed=6"): "dec33bbb51604e06",
    ("start=collapsed", "learning_rate=0.03", "seed=6"): "04d1a37cb240d3f1",
    ("steps=100", "looks=10", "seed=0"): "cde00c1b05250c06",
    ("engine=reference", "seed=0"): "7c639ec16032962e",
}
"""Ids that must never change while SEMANTICS is 2: results on disk are found by them."""


def the_id(*overrides: str) -> str:
    # Frozen under the neutral input scale, which the default baseline has left since: no id moved.
    (trial,) = designs.trials(configure.compose(["input_scale=standardized", *overrides]), lambda _: "0123456789abcdef")
    return trial.id


def test_the_semantics_of_the_frozen_ids() -> None:
    assert study.SEMANTICS == 2


@pytest.mark.parametrize(("overrides", "expected"), FROZEN.items(), ids=" ".join)
def test_ids_are_frozen(overrides: tuple[str, ...], expected: str) -> None:
    assert the_id(*overrides) == expected


def test_all_frozen_ids_differ() -> None:
    assert len(set(FROZEN.values())) == len(FROZEN)


def test_names_workers_and_places_are_no_part_of_the_id() -> None:
    plain = the_id("seed=0")
    assert plain == the_id("seed=0", "study=other", "results_dir=elsewhere", "workers=3", "question=why")
    assert the_id("seed=0", "loss=clipped", "loss.eps=1e-3") == the_id("seed=0", "loss=clipped_1e-3")


def common(**changes: object) -> str:
    arguments: dict[str, object] = {
        "factors": canonical({"loss": {"kind": "fused"}}),
        "seeds": [0],
        "task_hash": "a",
        "budget": Budget(steps=10, looks=5),
        "engine": "fused",
        **changes,
    }
    (name,) = trial_ids(**arguments)  # type: ignore[arg-type]
    return name


def test_an_id_does_not_depend_on_the_seeds_around_it() -> None:
    names = list(trial_ids("{}", seeds=range(3), task_hash="a", budget=Budget(steps=10, looks=5), engine="fused"))
    assert names[2] == common(factors="{}", seeds=[2])
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"seeds": [1]},
        {"task_hash": "b"},
        {"budget": Budget(steps=11, looks=5)},
        {"budget": Budget(steps=10, looks=2)},
        {"engine": "reference"},
        {"factors": canonical({"loss": {"kind": "mse"}})},
        {"factors": canonical({"loss": {"kind": "fused"}, "dropout": 0.1})},
    ],
)
def test_whatever_decides_a_result_is_part_of_the_id(change: dict[str, object]) -> None:
    assert common(**change) != common()


def test_raising_the_semantics_changes_every_id(monkeypatch: pytest.MonkeyPatch) -> None:
    before = common()
    monkeypatch.setattr(study, "SEMANTICS", 3)
    assert common() != before


def test_canonical_text_does_not_depend_on_order_and_refuses_what_json_lacks() -> None:
    assert canonical({"b": 1, "a": 0.1}) == canonical({"a": 0.1, "b": 1}) == '{"a":0.1,"b":1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


def test_levels_compare_by_parameters() -> None:
    assert Level(name="a", params={"x": 1}) == Level(name="b", params={"x": 1})
    assert Level(name="a", params={"x": 1}) != Level(name="a", params={"x": 2})


def test_a_factor_needs_levels_that_differ() -> None:
    level = Level(name="a", params=1)
    with pytest.raises(ConfigError, match=r"^Factor `loss` must have at least one level. Received none.$"):
        Factor(name="loss", levels=(), baseline=level)
    with pytest.raises(ConfigError, match=r"^Factor `loss` must have each level once. Received: a, b.$"):
        Factor(name="loss", levels=(level, Level(name="b", params=1)), baseline=level)


def test_a_remedy_set_is_where_a_setting_differs_from_the_baseline() -> None:
    baseline = Setting((("loss", Level(name="a", params=1)), ("width", Level(name="b", params=2))))
    changed = baseline.replace(width=Level(name="c", params=3))
    assert changed.remedies(baseline) == ("width",)
    assert changed["width"].params == 3
    assert baseline.remedies(baseline) == ()


def test_looks_are_spread_evenly_and_end_at_the_end() -> None:
    assert Budget(steps=400, looks=25).schedule == tuple(range(0, 401, 16))
    assert Budget(steps=7, looks=7).schedule == tuple(range(8))
    with pytest.raises(
        ConfigError, match=r"^`looks` must be at least 1 and at most `steps`. Received: looks=6, steps=5.$"
    ):
        Budget(steps=5, looks=6)


def test_records_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Budget().steps = 3  # type: ignore[misc]
