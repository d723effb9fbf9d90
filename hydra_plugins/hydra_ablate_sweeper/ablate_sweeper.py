"""The sweeper behind `python -m ablate -m ...`: one study in this process instead of one Hydra job per trial.

Hydra imports this module at every start, so it imports nothing of the package before a sweep.
"""

from __future__ import annotations

import sys
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

ConfigStore.instance().store(
    group="hydra/sweeper",
    name="ablate",
    node={"_target_": "hydra_plugins.hydra_ablate_sweeper.ablate_sweeper.AblateSweeper"},
    provider="ablate",
)


class AblateSweeper(Sweeper):
    """Hands Hydra's overrides, unexpanded, to the command `ablate sweep`."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Nothing to prepare: the study is composed from the overrides alone."""

    def sweep(self, arguments: list[str]) -> Any:
        """Run the study that the overrides describe; exits with the command's status if that is not 0."""
        from ablate.cli import main

        status = main(["sweep", *arguments])
        if status:
            sys.exit(status)
        return status
