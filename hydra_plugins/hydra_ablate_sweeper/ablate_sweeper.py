"""The sweeper behind `python -m ablate -m ...`: it runs whole studies in one process, not one Hydra job per trial.

Hydra imports this module at every start, so the package is imported only when a sweep begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from hydra_plugins.hydra_ablate_sweeper._studies import Surroundings

ConfigStore.instance().store(
    group="hydra/sweeper",
    name="ablate",
    node={"_target_": "hydra_plugins.hydra_ablate_sweeper.ablate_sweeper.AblateSweeper", "params": None},
    provider="ablate",
)


class AblateSweeper(Sweeper):
    """Passes Hydra's overrides, unexpanded, to `ablate sweep`: one study for each value of a study-wide key.

    Args:
        params: override key -> value, as Hydra's own sweeper takes them under `hydra.sweeper.params`; the overrides of
            the command line replace them.
    """

    def __init__(self, params: DictConfig | None = None) -> None:
        self.params: Any = OmegaConf.to_container(params, resolve=True) if params is not None else None
        self.around: Surroundings | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep the objects that Hydra gives."""
        from hydra_plugins.hydra_ablate_sweeper._studies import Surroundings

        self.around = Surroundings(hydra_context=hydra_context, task_function=task_function, config=config)

    def sweep(self, arguments: list[str]) -> None:
        """Run the studies that the overrides describe; exit with the first status that is not 0."""
        from ablate import configure
        from ablate.hydra_app import study_jobs
        from hydra_plugins.hydra_ablate_sweeper import _studies

        _studies.run("sweep", lambda: study_jobs.with_params(self.params, arguments), configure.compose, self.around)
