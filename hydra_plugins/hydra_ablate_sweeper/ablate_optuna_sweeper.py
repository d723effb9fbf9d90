"""`hydra/sweeper=ablate_optuna`: `ablate search` in the words of Hydra's Optuna sweeper.

Hydra imports this module at every start, so it imports nothing of the package before a sweep.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from ablate.core.study import Study
    from hydra_plugins.hydra_ablate_sweeper._studies import Surroundings

SAMPLERS = {
    "tpe": "TPESampler",
    "motpe": "TPESampler",
    "random": "RandomSampler",
    "cmaes": "CmaEsSampler",
    "nsgaii": "NSGAIISampler",
    "grid": "GridSampler",
    "gp": "GPSampler",
    "qmc": "QMCSampler",
    "bruteforce": "BruteForceSampler",
}
"""The options of the group `hydra/sweeper/sampler`, and the class of Optuna's that each names."""

ConfigStore.instance().store(
    group="hydra/sweeper",
    name="ablate_optuna",
    node={
        "_target_": "hydra_plugins.hydra_ablate_sweeper.ablate_optuna_sweeper.AblateOptunaSweeper",
        "_recursive_": False,
        "defaults": ["_self_", {"sampler": "tpe"}],
        "sampler": None,
        "direction": None,
        "storage": None,
        "study_name": None,
        "n_trials": 20,
        "n_jobs": None,
        "params": {},
    },
    provider="ablate",
)
for _name, _class in SAMPLERS.items():
    ConfigStore.instance().store(
        group="hydra/sweeper/sampler",
        name=_name,
        node={"_target_": f"optuna.samplers.{_class}", "seed": None},
        provider="ablate",
    )


class AblateOptunaSweeper(Sweeper):
    """Searches the study that the overrides and `hydra.sweeper.params` describe.

    Args:
        config: what the configs say under `hydra.sweeper` (`ablate.hydra_app.optuna_sweeper_keys`).
    """

    def __init__(self, **config: Any) -> None:
        self.config = {
            name: OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
            for name, value in config.items()
        }
        self.around: Surroundings | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra says."""
        from hydra_plugins.hydra_ablate_sweeper._studies import Surroundings

        self.around = Surroundings(hydra_context=hydra_context, task_function=task_function, config=config)

    def sweep(self, arguments: list[str]) -> int:
        """Search the studies that the overrides describe; exits with the first status that is not 0."""
        from ablate.hydra_app import optuna_sweeper_keys
        from hydra_plugins.hydra_ablate_sweeper import _studies

        if self.around is None:
            raise RuntimeError("setup() must be called before sweep().")
        status = _studies.run(
            "search", lambda: optuna_sweeper_keys.words(self.config, arguments), _composed, self.around
        )
        if status:
            sys.exit(status)
        return status


def _composed(overrides: Sequence[str]) -> Study:
    """The study that is searched, its search checked, too."""
    from ablate import configure
    from ablate.remedy_search import options, space

    study, config = configure.search(overrides)
    space.of(study, options.read(config).factors)
    return study
