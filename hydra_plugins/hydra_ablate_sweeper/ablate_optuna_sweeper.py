"""The sweeper of `hydra/sweeper=ablate_optuna`: it runs `ablate search` with the keys of Hydra's Optuna sweeper.

Hydra imports this module at every start, so the package is imported only when a sweep begins.
"""

from __future__ import annotations

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
"""The options of the group `hydra/sweeper/sampler`: name -> Optuna's class."""

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
        config: the config under `hydra.sweeper` (`ablate.hydra_app.optuna_sweeper_keys`).
    """

    def __init__(self, **config: Any) -> None:
        self.config = {
            name: OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
            for name, value in config.items()
        }
        self.around: Surroundings | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep the objects that Hydra gives."""
        from hydra_plugins.hydra_ablate_sweeper._studies import Surroundings

        self.around = Surroundings(hydra_context=hydra_context, task_function=task_function, config=config)

    def sweep(self, arguments: list[str]) -> None:
        """Search the studies that the overrides describe; exit with the first status that is not 0."""
        from ablate.hydra_app import optuna_sweeper_keys
        from hydra_plugins.hydra_ablate_sweeper import _studies

        _studies.run("search", lambda: optuna_sweeper_keys.words(self.config, arguments), _composed, self.around)


def _composed(overrides: Sequence[str]) -> Study:
    """Return the study that the overrides describe; check its search as well."""
    from ablate import configure
    from ablate.remedy_search import options, space

    study, config = configure.search(overrides)
    space.of(study, options.read(config).factors)
    return study
