"""Optuna's samplers are made for a space, asked and told; `auto` changes from one to another."""

from __future__ import annotations

import logging
import warnings
from types import SimpleNamespace
from typing import Any

import optuna
import pytest

from ablate.core.errors import ConfigError
from ablate.remedy_search import samplers, space
from ablate.remedy_search.options import AUTO, Search
from ablate.remedy_search.samplers import Sampling
from ablate.remedy_search.space import Space
from tests.remedy_search.planted import named, study

SPACE = space.of(study((3, 2)), None)


def sampling(kind: str, **more: Any) -> Sampling:
    return Sampling(kind=kind, space=SPACE, search=Search(**more))


def test_optuna_is_silent_inside_and_as_before_outside() -> None:
    optuna.logging.set_verbosity(logging.INFO)
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            with samplers.quiet():
                assert optuna.logging.get_verbosity() == logging.ERROR
                warnings.warn("w", UserWarning, 1)
                warnings.warn("w", optuna.exceptions.ExperimentalWarning, 1)
                warnings.warn("heard", RuntimeWarning, 1)
        assert [str(one.message) for one in heard] == ["heard"]
        assert optuna.logging.get_verbosity() == logging.INFO
    finally:
        optuna.logging.set_verbosity(logging.WARNING)


def test_names_are_auto_and_what_can_be_made_without_arguments() -> None:
    every = samplers.names()
    assert every[0] == AUTO
    assert {"TPESampler", "NSGAIISampler", "RandomSampler", "GridSampler", "QMCSampler"} <= set(every)
    assert not {"PartialFixedSampler", "BaseSampler"} & set(every)


def needs(**parameters: Any) -> type:
    made: dict[str, Any] = {}
    words = ", ".join(["self", *(name + ("" if value is None else f"={value}") for name, value in parameters.items())])
    exec(f"class Made:\n    def __init__({words}, **more): pass", made)  # noqa: S102
    return made["Made"]  # type: ignore[no-any-return]


def test_a_class_that_needs_more_than_the_space_cannot_be_made() -> None:
    assert samplers._can_be_made(needs(seed=1))
    assert samplers._can_be_made(needs(search_space=None, seed=1))
    assert not samplers._can_be_made(needs(base=None))
    assert not samplers._can_be_made(needs(search_space=None, base=None))
    assert not samplers._can_be_made(optuna.samplers.BaseSampler)


def test_a_sampler_that_optuna_lacks_is_named() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'TPESampler'"):
        samplers.check_sampler("TPESampl", SPACE)
    samplers.check_sampler(AUTO, SPACE)
    samplers.check_sampler("TPESampler", SPACE)


@pytest.mark.parametrize(("name", "package"), [("GPSampler", "torch"), ("CmaEsSampler", "cmaes")])
@pytest.mark.parametrize("there", [True, False])
def test_a_missing_package_is_named(name: str, package: str, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    find = lambda one: asked.append(one) or (object() if there else None)  # noqa: E731
    monkeypatch.setattr(samplers.importlib.util, "find_spec", find)
    if there:
        samplers.check_sampler(name, SPACE)
    else:
        with pytest.raises(ConfigError, match=f"pip install {package}"):
            samplers.check_sampler(name, SPACE)
    assert asked == [package]


@pytest.mark.parametrize(("size", "refused"), [(5000, False), (5001, True)])
def test_a_sampler_that_lists_every_setting_has_a_most(size: int, refused: bool) -> None:
    large: Any = SimpleNamespace(size=size)
    for name in samplers.LISTING:
        if refused:
            with pytest.raises(ConfigError, match=r"can list at most 5,000. This space has 5,001"):
                samplers.check_sampler(name, large)
        else:
            samplers.check_sampler(name, large)
    samplers.check_sampler("RandomSampler", large)


def drawn(name: str, seed: int = 0, count: int = 12) -> list[dict[str, Any]]:
    with samplers.quiet():
        own = optuna.create_study(sampler=samplers.make(name, SPACE, seed))
        return [own.ask(SPACE.distributions()).params for _ in range(count)]


def test_a_sampler_draws_what_its_seed_says_and_auto_begins_with_tpe() -> None:
    assert drawn("RandomSampler") == drawn("RandomSampler")
    assert drawn("RandomSampler") != drawn("RandomSampler", seed=1)
    assert drawn(AUTO) == drawn("TPESampler")
    with samplers.quiet():
        grid = samplers.make("GridSampler", SPACE, 0)
    assert sorted(grid._all_grids) == sorted((a, b) for a in range(3) for b in ("b0", "b1"))  # type: ignore[attr-defined]


def test_tpe_is_one_joint_model_that_counts_what_runs_and_begins_with_twenty_random_settings() -> None:
    made: Any = samplers.make("TPESampler", SPACE, 0)
    assert (made._multivariate, made._constant_liar, made._n_startup_trials) == (True, True, 20)
    quiet = {"warn_independent_sampling": False}
    assert samplers.ARGUMENTS["CmaEsSampler"] == quiet
    assert samplers.ARGUMENTS["QMCSampler"] == {"scramble": True, "warn_asynchronous_seeding": False, **quiet}


def test_auto_goes_on_with_nsga_after_500_settings_and_takes_along_what_was_told() -> None:
    own = sampling(AUTO)
    first = own.study
    for at in range(4):
        asked, setting = own.suggest()
        assert asked.study is first
        if at:
            own.tell([asked], setting, (0.1 * at, 1.0, 1.0)[: len(own.search.objectives)])
    assert own.told == 3
    own.told = 499
    assert own.suggest()[0].study is first
    own.told = 500
    asked, _ = own.suggest()
    assert own.study is not first
    assert isinstance(own._base, optuna.samplers.NSGAIISampler)
    known = own.study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    assert [trial.values[0] for trial in known] == pytest.approx([0.1, 0.2, 0.3])
    assert [trial.system_attrs[samplers.GENERATION] for trial in known] == [0, 0, 0]
    later = own.study
    own.told = 900
    assert own.suggest()[0].study is later, "it changes once"


@pytest.mark.parametrize("kind", ["TPESampler", "RandomSampler"])
def test_only_auto_changes(kind: str) -> None:
    own = sampling(kind)
    first = own.study
    own.told = 500
    own.suggest()
    assert own.study is first


@pytest.mark.parametrize("kind", samplers.PINNED)
def test_levels_are_pinned(kind: str) -> None:
    own = sampling(kind)
    for level in ("b1", "b0"):
        assert {named(own.suggest({"b": level})[1])["b"] for _ in range(4)} == {level}
    assert own.suggest({})[0].number == 8
    assert own.study.sampler is own._base


def test_what_cannot_be_pinned_is_drawn() -> None:
    own = sampling("QMCSampler")
    own.suggest({"b": "b1"})
    assert own.study.sampler is own._base


def test_a_setting_is_told_to_the_suggestions_of_this_study_or_added() -> None:
    own, other = sampling("RandomSampler", objectives=("rate",)), sampling("RandomSampler", objectives=("rate",))
    asked, setting = own.suggest()
    own.tell([asked], setting, [0.25])
    assert [trial.values for trial in own.study.trials] == [[0.25]]
    own.tell([other.suggest()[0]], setting, [0.5])
    own.tell([], setting, [0.75])
    assert [trial.values for trial in own.study.trials] == [[0.25], [0.5], [0.75]]
    assert own.study.trials[2].params == own.study.trials[0].params
    assert own.study.trials[2].system_attrs == {}
    assert own.told == 3
    assert own.study.direction.name == "MAXIMIZE"


def test_what_nsga_did_not_ask_for_joins_its_youngest_generation() -> None:
    own = sampling("NSGAIISampler", objectives=("rate",))
    setting = own.suggest()[1]
    own.study = optuna.create_study(directions=["maximize"], sampler=own._base)
    assert own._generation() == 0
    own._add(SPACE.params(setting), [0.5], {})
    assert own._generation() == 0, "a setting without one is of the first"
    for generation in (1, 3, 2):
        own._add(SPACE.params(setting), [0.5], {samplers.GENERATION: generation})
    own._add(SPACE.params(setting), [0.5], {})
    own.tell([], setting, [0.25])
    assert own.study.trials[-1].system_attrs[samplers.GENERATION] == 3
    assert sampling("RandomSampler")._generation() is None


@pytest.mark.parametrize(
    ("words", "raised"), [("`Study.stop` is supposed to be invoked inside", False), ("other", True)]
)
def test_that_a_listing_sampler_is_at_its_end_is_no_error(words: str, raised: bool) -> None:
    own = sampling("RandomSampler", objectives=("rate",))

    def tell(*_: Any) -> None:
        raise RuntimeError(words)

    asked, setting = own.suggest()
    own.study.tell = tell  # type: ignore[method-assign]
    if raised:
        with pytest.raises(RuntimeError, match="other"):
            own.tell([asked], setting, [0.5])
    else:
        own.tell([asked], setting, [0.5])
        assert own.told == 1


def test_spaces_of_numbers_and_names_are_listed_axis_by_axis() -> None:
    assert samplers._choices(SPACE) == {"a": [0, 1, 2], "b": ["b0", "b1"]}
    assert isinstance(SPACE, Space)
