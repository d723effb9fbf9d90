"""Optuna's samplers, asked for one setting at a time and told what became of it; the study is kept in memory only."""

from __future__ import annotations

import importlib.util
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablate.core.errors import ConfigError
from ablate.core.study import Setting
from ablate.remedy_search.objectives import OBJECTIVES
from ablate.remedy_search.options import Search
from ablate.remedy_search.space import Params, Space

if TYPE_CHECKING:
    import optuna

QUICK = 500
"""Settings told, from which `auto` asks NSGA-II: TPE with several objectives slows down with every setting told."""

GENERATION = "NSGAIISampler:generation"
"""Where Optuna's NSGA-II keeps a trial's generation; settings that others found join the youngest one."""

PINNED = ("auto", "tpe", "nsga2", "random")
"""Samplers that can be asked for the rest of a setting whose shape is given."""

NEEDS = {"gp": "torch", "cmaes": "cmaes"}
"""Packages that a sampler needs and that Optuna does not bring."""


_ONE_AT_A_TIME = threading.RLock()
"""Filters of warnings are the whole process's: the thread that writes to a storage must not put back another's."""


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna without its log and without its warnings that something is experimental."""
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


def make(name: str, space: Space, seed: int) -> optuna.samplers.BaseSampler:
    """The sampler of that name (`auto`: its first one).

    Raises:
        ConfigError: a package that it needs is missing, or the space is too large to be listed.
    """
    check(name, space)
    with quiet():
        return _MAKERS[name](space, seed)


def check(name: str, space: Space) -> None:
    """Whether the sampler can be had for this space.

    Raises:
        ConfigError: it cannot.
    """
    missing = NEEDS.get(name)
    if missing and importlib.util.find_spec(missing) is None:
        raise ConfigError(f"`search={name}` needs the package `{missing}`: pip install {missing}.")
    if name in ("grid", "brute_force") and space.size > LISTED:
        raise ConfigError(
            f"`search={name}` must list every setting; at most {LISTED:,} can be. Received a space of {space.size:,}: "
            "`search=nsga2` or `search=random` need no list."
        )


LISTED = 5000
"""Settings that a sampler can list: Optuna's grid keeps the whole of it beside each trial."""


def _tpe(_: Space, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    # Factors interact, and one joint model is also several times faster than one a factor.
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True, n_startup_trials=20)


def _gp(_: Space, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    return optuna.samplers.GPSampler(seed=seed)


def _cmaes(_: Space, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    # CMA-ES knows ordered axes only; TPE draws the named levels.
    own = optuna.samplers.TPESampler(seed=seed)
    return optuna.samplers.CmaEsSampler(seed=seed, independent_sampler=own, warn_independent_sampling=False)


def _nsga2(_: Space, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    return optuna.samplers.NSGAIISampler(seed=seed)


def _qmc(_: Space, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    return optuna.samplers.QMCSampler(
        seed=seed, scramble=True, warn_asynchronous_seeding=False, warn_independent_sampling=False
    )


def _random(_: Space, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    return optuna.samplers.RandomSampler(seed=seed)


def _brute_force(_: Space, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    return optuna.samplers.BruteForceSampler(seed=seed)


def _grid(space: Space, seed: int) -> optuna.samplers.BaseSampler:
    import optuna

    choices = {
        name: list(own.choices)
        if isinstance(own, optuna.distributions.CategoricalDistribution)
        else list(range(len(axis.levels)))
        for (name, own), axis in zip(space.distributions().items(), space.axes, strict=True)
    }
    return optuna.samplers.GridSampler(choices, seed=seed)


_MAKERS: Mapping[str, Callable[[Space, int], optuna.samplers.BaseSampler]] = {
    "auto": _tpe,
    "tpe": _tpe,
    "gp": _gp,
    "cmaes": _cmaes,
    "nsga2": _nsga2,
    "qmc": _qmc,
    "random": _random,
    "brute_force": _brute_force,
    "grid": _grid,
}


@dataclass(frozen=True, eq=False)
class Asked:
    """A setting that a sampler suggested and waits to hear of."""

    study: optuna.Study
    number: int


@dataclass(kw_only=True)
class Sampling:
    """A sampler at work, in memory.

    Attributes:
        kind: the sampler's name in the configs.
        told: settings it has heard of.
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
        """The sampler's next setting, given the shape of its network or not."""
        import optuna

        if self.kind == "auto" and not self._switched and self.told >= QUICK:
            self._switch()
        with quiet():
            pinned = bool(pins) and self.kind in PINNED
            self.study.sampler = (
                optuna.samplers.PartialFixedSampler(dict(pins or {}), self._base) if pinned else self._base
            )
            trial = self.study.ask(self._axes)
        return Asked(self.study, trial.number), self.space.setting(trial.params)

    def tell(self, asked: Sequence[Asked], setting: Setting, values: Sequence[float]) -> None:
        """What became of a setting; of one that the sampler did not suggest, too."""
        import optuna

        self.told += 1
        own = [each.number for each in asked if each.study is self.study]
        with quiet():
            for number in own:
                try:
                    self.study.tell(number, list(values))
                except RuntimeError as error:  # a list that is exhausted asks to stop what only `optimize` could
                    if "stop" not in str(error).lower():
                        raise
            if not own:
                attributes = {} if self._generation() is None else {GENERATION: self._generation()}
                self.study.add_trial(
                    optuna.trial.create_trial(
                        params=self.space.params(setting),
                        distributions=self._axes,
                        values=list(values),
                        system_attrs=attributes,
                    )
                )

    def _generation(self) -> int | None:
        """NSGA-II's youngest generation; None for a sampler without any."""
        import optuna

        if not isinstance(self._base, optuna.samplers.NSGAIISampler):
            return None
        known = [trial.system_attrs.get(GENERATION, 0) for trial in self.study.get_trials(deepcopy=False)]
        return max(known, default=0)

    def _switch(self) -> None:
        """Goes on with NSGA-II, for which all that is known is one generation."""
        import optuna

        known = self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
        self._begin(make("nsga2", self.space, self.search.seed))
        self._switched = True
        with quiet():
            self.study.add_trials(
                [
                    optuna.trial.create_trial(
                        params=trial.params,
                        distributions=self._axes,
                        values=trial.values,
                        system_attrs={GENERATION: 0},
                    )
                    for trial in known
                ]
            )
