"""The Hydra application: `python -m ablate -m OVERRIDE ...` sweeps studies, `-m` left out it trains one trial.

Hydra's own flags work. Its overrides are written for its parser first: shorthand (`path=`), parameters that a level's
file leaves out, and spaces under `hydra.sweeper.params` are spelled out in full. What cannot be is said in our words
before Hydra begins.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from ablate import configure
from ablate.hydra_app import arguments, completion, study_jobs


def job(config: DictConfig) -> int:
    """One job of Hydra's: a trial, the baseline of the overrides with its first seed; for a launcher a whole study.

    What Hydra composed for the job is left alone: studies are composed from the overrides, as everywhere.
    """
    from ablate.commands import main, single_trial

    if multiprocessing.get_start_method(allow_none=True) not in (None, "fork", "forkserver", "spawn"):
        multiprocessing.set_start_method("spawn", force=True)  # a launcher's own, which our workers do not know
    if "line" in config:
        return main.main(list(config.line))
    own = HydraConfig.get()
    paths = [each for each in own.overrides.hydra if each.startswith(study_jobs.SEARCH_PATH)]
    folder = Path(own.runtime.output_dir)
    chosen = None if folder == Path(own.runtime.cwd) else folder
    status = main.answer(lambda: single_trial.run([*paths, *own.overrides.task], chosen))
    if status and own.mode == RunMode.RUN:
        sys.exit(status)
    if status:
        raise RuntimeError(f"The trial of {' '.join(own.overrides.task)} ended with status {status}.")
    return status


run = hydra.main(version_base="1.3", config_path=str(configure.folder()), config_name="config")(job)


def main(given: Sequence[str]) -> None:
    """Hydra's command line, completion and errors in our words; exits with the status."""
    from ablate.commands.main import answer

    if completion.asked(given):
        print(completion.answer(given, _hydra))
        return
    words: list[str] = []

    def check() -> int:
        words.extend(arguments.checked(given))
        return 0

    sys.exit(answer(check) or answer(lambda: _hydra(words)))


def _hydra(words: Sequence[str]) -> int:
    """Hydra's command line; it exits by itself where something is wrong."""
    sys.argv[1:] = words
    run()
    return 0


if __name__ == "__main__":
    main(sys.argv[1:])
