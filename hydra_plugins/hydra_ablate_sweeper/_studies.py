"""Run the studies of a multirun: one after the other in this process, or each in a job of a launcher."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.plugins import Plugins
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from ablate.commands import main
from ablate.commands.exit_status import INTERRUPTED
from ablate.configure.config_files import search_paths
from ablate.configure.grammar import written
from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.hydra_app import study_jobs


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The objects that Hydra gives a sweeper before it sweeps."""

    hydra_context: HydraContext
    task_function: TaskFunction
    config: DictConfig

    @property
    def launcher(self) -> str:
        """Return the name of the launcher."""
        return str(OmegaConf.select(self.config, "hydra.runtime.choices")["hydra/launcher"])


def run(
    command: str,
    overrides: Callable[[], Sequence[str]],
    compose: Callable[[Sequence[str]], Study],
    around: Surroundings | None,
) -> None:
    """Run `ablate COMMAND` for every study that the overrides describe; if one does not compose, none is run.

    Args:
        command: `sweep` or `search`.
        overrides: a function that returns the overrides.
        compose: a function that makes a study of overrides.
        around: the objects from Hydra; None if Hydra has not called `setup`.

    Raises:
        SystemExit: a study ended with a status other than 0; the first such status.
        RuntimeError: Hydra has not called the sweeper's `setup`.
    """
    if around is None:
        raise RuntimeError(
            "The sweeper's setup() must be called before its sweep(). It was not: let Hydra start the sweeper."
        )
    jobs: list[study_jobs.Job] = []

    def describe() -> int:
        _check_launcher(around.launcher)
        paths = search_paths(around.config.hydra.overrides.hydra)
        jobs.extend(study_jobs.split([*paths, *overrides()], compose))
        return 0

    statuses = [main.answer(describe)]
    lines = [[command, *job.words] for job in jobs]
    if around.launcher == "basic":
        for line in lines:
            statuses.append(main.main(line))
            if statuses[-1] == INTERRUPTED:
                break
    elif lines:
        statuses += _launched(jobs, lines, around)
    if any(statuses):
        sys.exit(next(status for status in statuses if status))


def _check_launcher(launcher: str) -> None:
    """Refuse Slurm's launcher where there is no Slurm, in words instead of a traceback.

    Raises:
        ConfigError: this machine cannot submit jobs to Slurm.
    """
    if launcher == "submitit_slurm" and shutil.which("srun") is None:
        raise ConfigError(
            "`hydra/launcher=submitit_slurm` must run on a machine of a Slurm cluster. Received: a machine without "
            "`srun` on the path. `hydra/launcher=submitit_local` runs the studies here."
        )


def _launched(jobs: Sequence[study_jobs.Job], lines: Sequence[Sequence[str]], around: Surroundings) -> list[int]:
    """Run each line in a job of the launcher, which calls `ablate.__main__.job` with it; return the statuses."""
    launcher = Plugins.instance().instantiate_launcher(
        hydra_context=around.hydra_context, task_function=around.task_function, config=around.config
    )
    returns: Sequence[Any] = launcher.launch([[f"+line={written(list(line))}"] for line in lines], initial_job_idx=0)
    statuses = [int(result.return_value) for result in returns]
    for job, status in zip(jobs, statuses, strict=True):
        out = sys.stderr if status else sys.stdout
        print(f"{job.name}: {f'ended with status {status}' if status else 'done'}", file=out)
    return statuses
