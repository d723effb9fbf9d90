"""Where the studies of a multirun are run: in this process one after the other, or one study a job of a launcher."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.plugins import Plugins
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from ablate.commands import main
from ablate.commands.exit_status import INTERRUPTED
from ablate.configure.grammar import written
from ablate.core.study import Study
from ablate.hydra_app import study_jobs


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What Hydra tells a sweeper before it sweeps."""

    hydra_context: HydraContext
    task_function: TaskFunction
    config: DictConfig

    @property
    def paths(self) -> list[str]:
        """The overrides that add folders of levels."""
        return [each for each in self.config.hydra.overrides.hydra if each.startswith(study_jobs.SEARCH_PATH)]

    @property
    def launcher(self) -> str:
        """The name of the launcher."""
        return str(OmegaConf.select(self.config, "hydra.runtime.choices")["hydra/launcher"])


def run(
    command: str,
    overrides: Callable[[], Sequence[str]],
    compose: Callable[[Sequence[str]], Study],
    around: Surroundings,
) -> int:
    """Run `ablate COMMAND` for every study that the overrides describe; all of them compose, or none is run.

    Args:
        command: `sweep` or `search`.
        overrides: makes them.
        compose: overrides -> study.
        around: what Hydra says.

    Returns:
        0, or the first other status of a study.
    """
    found: list[study_jobs.Job] = []

    def describe() -> int:
        found.extend(study_jobs.split([*around.paths, *overrides()], compose))
        return 0

    status = main.answer(describe)
    if status:
        return status
    lines = [[command, *job.words] for job in found]
    if around.launcher != "basic":
        return _launched(found, lines, around)
    statuses = []
    for line in lines:
        statuses.append(main.main(line))
        if statuses[-1] == INTERRUPTED:
            break
    return _worst(statuses)


def _launched(found: Sequence[study_jobs.Job], lines: Sequence[Sequence[str]], around: Surroundings) -> int:
    """Each line in a job of the launcher, which calls `ablate.__main__.job` with it."""
    launcher = Plugins.instance().instantiate_launcher(
        hydra_context=around.hydra_context, task_function=around.task_function, config=around.config
    )
    returns: Sequence[Any] = launcher.launch([[f"+line={written(list(line))}"] for line in lines], initial_job_idx=0)
    statuses = [int(each.return_value) for each in returns]
    for job, status in zip(found, statuses, strict=True):
        out = sys.stderr if status else sys.stdout
        print(f"{job.name}: {f'ended with status {status}' if status else 'done'}", file=out)
    return _worst(statuses)


def _worst(statuses: Sequence[int]) -> int:
    """The first status that is not 0."""
    return next((status for status in statuses if status), 0)
