"""What `search` is given must be possible before anything is trained."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ablate.configure import study_from_config
from ablate.core.errors import ConfigError
from ablate.remedy_search import options
from ablate.remedy_search.options import Search


@pytest.mark.parametrize(("blocks", "least"), [((4, 8, 20), 60), ((4,), 44)])
def test_trials_pay_for_a_setting_with_all_blocks_and_its_confirmation(blocks: tuple[int, ...], least: int) -> None:
    assert Search(blocks=blocks, confirm=40, trials=least).trials == least
    with pytest.raises(ConfigError, match=f"at least {least}: .*{blocks[-1]} seeds"):
        Search(blocks=blocks, confirm=40, trials=least - 1)


def test_a_study_knows_the_keys_of_a_search() -> None:
    assert set(study_from_config.SEARCH_KEYS) == {field.name for field in dataclasses.fields(Search)}


SMALL = Search(blocks=(1,), confirm=1, trials=2)


@pytest.mark.parametrize(
    "sound",
    [
        *({"retries": 0}, {"retries": 4}, {"seed": 0}, {"seed": 2**31 - 1}, {"keep": 1.0}, {"keep": 0.01}),
        *({"settings": 0}, {"batch": 1}, {"batch": 4096}, {"shapes": 4096}, {"claims": 100}, {"trials": 10**7}),
        *({"claims": 1}, {"confirm": 4096, "trials": 4097}, {"settings": 10**7}),
    ],
)
def test_options_at_their_bounds_are_taken(sound: dict[str, Any]) -> None:
    assert dataclasses.replace(SMALL, **sound) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        *({"retries": -1}, {"retries": 5}, {"seed": -1}, {"seed": 2**31}, {"keep": 0.0}, {"keep": 1.01}),
        *({"target": 0.0}, {"target": 1.0}, {"blocks": ()}, {"blocks": (0, 4)}, {"blocks": (4, 4)}, {"blocks": (8, 4)}),
        *({"settings": -1}, {"batch": 0}, {"batch": 4097}, {"shapes": 4097}, {"claims": 101}, {"trials": 10**7 + 1}),
        *({"claims": 0}, {"confirm": 0}, {"confirm": 4097}, {"settings": 10**7 + 1}, {"shapes": 0}),
        *({"objectives": ()}, {"objectives": ("rate", "rate")}),
        {"sampler": "CmaEsSampler", "objectives": ("rate", "time")},
    ],
)
def test_options_beyond_their_bounds_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        dataclasses.replace(SMALL, **wrong)


def test_a_single_objective_is_enough_for_any_sampler() -> None:
    assert dataclasses.replace(SMALL, sampler="CmaEsSampler", objectives=("rate",)).objectives == ("rate",)


def test_what_configs_hold_is_read_as_what_a_search_holds() -> None:
    read = options.read({"blocks": 4, "objectives": "rate", "factors": None, "storage": None, "keep": 1, "claims": 4})
    assert (read.blocks, read.objectives, read.factors, read.storage, read.keep) == ((4,), ("rate",), None, "", 1.0)
    assert type(read.keep) is float
    assert read.confidence == pytest.approx(0.9875)
    assert options.read({"factors": ["loss"], "storage": "sqlite://"}).factors == ("loss",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("blocks", None), ("sampler", None), ("trials", 4.5), ("trials", True), ("trials", "9"), ("keep", True)),
        *(("keep", "0.5"), ("sampler", 3), ("blocks", [4, True]), ("factors", [1]), ("storage", 1), ("retry", 2)),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_key(key: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=key):
        options.read({key: value})
