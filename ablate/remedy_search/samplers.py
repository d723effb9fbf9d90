"""Ask one of Optuna's samplers for settings, and tell it how good they were; Optuna's study is in memory only.

A sampler is named by its class in `optuna.samplers`. `auto` is TPE for the first settings, then NSGA-II.
"""

from __future__ import annotations

import importlib.util
import inspect
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Setting
from ablate.remedy_search.objectives import OBJECTIVES
from ablate.remedy_search.options import AUTO, Search
from ablate.remedy_search.space import Params, Space

if TYPE_CHECKING:
    import optuna

FIRST, LATER = "TPESampler", "NSGAIISampler"
"""The samplers of `auto`."""

SWITCH_AT = 500
"""After how many settings `auto` goes on with NSGA-II: TPE slows down with every setting if objectives are several."""

GENERATION = "NSGAIISampler:generation"
"""Where Optuna's NSGA-II keeps a trial's generation; settings that others found join the youngest one."""

PINNED = (AUTO, FIRST, LATER, "RandomSampler")
"""Samplers that can complete a setting whose network shape is given."""

PACKAGES = {"GPSampler": "torch", "CmaEsSampler": "cmaes"}
"""The package that a sampler needs and Optuna does not install."""

LISTING = ("GridSampler", "BruteForceSampler")
"""Samplers that list every setting."""

MOST_LISTED = 5000
"""The most settings that a sampler can list: Optuna's grid stores the whole list with each trial."""

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    # Factors interact, and one joint model is also several times faster than one model per factor.
    "TPESampler": {"multivariate": True, "constant_liar": True, "n_startup_trials": 20},
    "CmaEsSampler": {"warn_independent_sampling": False},
    "QMCSampler": {"scramble": True, "warn_asynchronous_seeding": False, "warn_independent_sampling": False},
}
"""Arguments of samplers that differ from Optuna's defaults."""

_ONE_AT_A_TIME = threading.RLock()
"""Warning filters are shared by all threads: the thread that writes to a storage must not undo another's filters."""


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Optuna's log and its warnings of experimental features."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


def names() -> list[str]:
    """Return the names that `search.sampler` may have: `auto`, and Optuna's samplers that `make` can call."""
    import optuna

    classes = inspect.getmembers(optuna.samplers, inspect.isclass)
    samplers = [name for name, kind in classes if issubclass(kind, optuna.samplers.BaseSampler)]
    return [AUTO, *(name for name in samplers if _can_be_made(getattr(optuna.samplers, name)))]


def _can_be_made(kind: type) -> bool:
    """Return whether a class needs no argument except `search_space`, which `make` gives it."""
    parameters = inspect.signature(kind).parameters.values()
    needed = {
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    }
    return not inspect.isabstract(kind) and needed <= {"search_space"}


def check_sampler(name: str, space: Space) -> None:
    """Check that a sampler can be made for a space.

    Args:
        name: `auto`, or the name of a class in `optuna.samplers`.
        space: the space that is searched.

    Raises:
        ConfigError: Optuna has no such sampler, a package is missing, or the space is too large to be listed.
    """
    if name != AUTO and name not in (allowed := names()):
        raise ConfigError(unknown("sampler in `search.sampler`", name, allowed))
    missing = PACKAGES.get(name)
    if missing and importlib.util.find_spec(missing) is None:
        raise ConfigError(f"`search.sampler={name}` needs the package `{missing}`: pip install {missing}.")
    if name in LISTING and space.size > MOST_LISTED:
        raise ConfigError(
            f"`search.sampler={name}` lists every setting and can list at most {MOST_LISTED:,}. This space has "
            f"{space.size:,}: use `search=nsga2` or `search=random`, which need no list."
        )


def make(name: str, space: Space, seed: int) -> optuna.samplers.BaseSampler:
    """Return a new sampler.

    Args:
        name: `auto` (its first sampler), or the name of a class in `optuna.samplers`.
        space: the space that is searched.
        seed: decides everything that the sampler draws.

    Raises:
        ConfigError: the sampler cannot be made (see `check_sampler`).
    """
    import optuna

    check_sampler(name, space)
    name = FIRST if name == AUTO else name
    kind = getattr(optuna.samplers, name)
    arguments = {"seed": seed, **ARGUMENTS.get(name, {})}
    if "search_space" in inspect.signature(kind).parameters:
        arguments["search_space"] = _choices(space)
    with quiet():
        if name == "CmaEsSampler":  # CMA-ES knows ordered axes only; TPE draws the named levels.
            arguments["independent_sampler"] = optuna.samplers.TPESampler(seed=seed)
        sampler: optuna.samplers.BaseSampler = kind(**arguments)
    return sampler


def _choices(space: Space) -> dict[str, list[Any]]:
    """Return everything that a sampler may draw, by axis."""
    return {
        name: list(getattr(distribution, "choices", range(len(axis.levels))))
        for (name, distribution), axis in zip(space.distributions().items(), space.axes, strict=True)
    }


@dataclass(frozen=True, eq=False)
class Asked:
    """A sampler's suggestion: a trial of an Optuna study whose values the sampler does not know yet."""

    study: optuna.Study
    number: int


@dataclass(kw_only=True)
class Sampling:
    """A sampler at work, in memory.

    Attributes:
        kind: the sampler's name in the configs.
        told: settings whose values it was told.
    """

    kind: str
    space: Space
    search: Search
    told: int = 0
    study: optuna.Study = field(init=False)
    _base: optuna.samplers.BaseSampler = field(init=False)
    _axes: dict[str, optuna.distributions.BaseDistribution] = field(init=False)
    _switched: bool = False

    def __post_init__(self) -> None:
        self._axes = self.space.distributions()
        self._begin(make(self.kind, self.space, self.search.seed))

    def _begin(self, sampler: optuna.samplers.BaseSampler) -> None:
        import optuna

        self._base = sampler
        directions = [OBJECTIVES[name].direction for name in self.search.objectives]
        with quiet():
            self.study = optuna.create_study(directions=directions, sampler=sampler)

    def suggest(self, pins: Params | None = None) -> tuple[Asked, Setting]:
        """Return the sampler's next setting.

        Args:
            pins: levels that the setting must have, if the sampler can be told so.
        """
        import optuna

        if self.kind == AUTO and not self._switched and self.told >= SWITCH_AT:
            self._switch()
        with quiet():
            pinned = bool(pins) and self.kind in PINNED
            self.study.sampler = (
                optuna.samplers.PartialFixedSampler(dict(pins or {}), self._base) if pinned else self._base
            )
            trial = self.study.ask(self._axes)
        return Asked(self.study, trial.number), self.space.setting(trial.params)

    def tell(self, asked: Sequence[Asked], setting: Setting, values: Sequence[float]) -> None:
        """Tell the sampler the values of a setting.

        Args:
            asked: the sampler's suggestions of this setting; empty if it suggested none.
            setting: the setting.
            values: its objectives, in the order of `search.objectives`.
        """
        self.told += 1
        numbers = [suggestion.number for suggestion in asked if suggestion.study is self.study]
        with quiet():
            for number in numbers:
                try:
                    self.study.tell(number, list(values))
                except (
                    RuntimeError
                ) as error:  # after its last setting, a listing sampler calls `Study.stop`, which raises
                    if "stop" not in str(error).lower():
                        raise
            if not numbers:
                generation = self._generation()
                self._add(self.space.params(setting), values, {} if generation is None else {GENERATION: generation})

    def _add(self, params: Params, values: Sequence[float], attributes: Mapping[str, Any]) -> None:
        """Add a finished trial that this study did not ask for."""
        import optuna

        self.study.add_trial(
            optuna.trial.create_trial(
                params=dict(params),
                distributions=self._axes,
                values=list(values),
                system_attrs=dict(attributes),
            )
        )

    def _generation(self) -> int | None:
        """Return NSGA-II's youngest generation; None for another sampler."""
        import optuna

        if not isinstance(self._base, optuna.samplers.NSGAIISampler):
            return None
        known = [trial.system_attrs.get(GENERATION, 0) for trial in self.study.get_trials(deepcopy=False)]
        return max(known, default=0)

    def _switch(self) -> None:
        """Go on with NSGA-II; all settings told so far are its first generation."""
        import optuna

        known = self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
        self._begin(make(LATER, self.space, self.search.seed))
        self._switched = True
        with quiet():
            for trial in known:
                self._add(trial.params, trial.values, {GENERATION: 0})
