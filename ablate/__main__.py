"""Run the Hydra application: `python -m ablate -m OVERRIDE ...` sweeps studies; without `-m` it trains one trial.

Hydra's own flags work. Before Hydra starts, the overrides are checked, so that errors have the package's own messages,
and written out in full for Hydra's parser: shorthand (`path=`), parameters that a level's file leaves out, and spaces
under `hydra.sweeper.params`.
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
from ablate.configure import config_files
from ablate.hydra_app import arguments, completion


def job(config: DictConfig) -> int:
    """Run one of Hydra's jobs and return its exit status.

    A job trains one trial: the baseline of its overrides with the first seed. A job of a launcher runs a whole study.
    Hydra's composed config is not used: a study is always composed from its overrides.
    """
    from ablate.commands import main, single_trial

    if multiprocessing.get_start_method(allow_none=True) not in (None, "fork", "forkserver", "spawn"):
        # joblib sets a start method of its own, which the worker processes cannot use.
        multiprocessing.set_start_method("spawn", force=True)
    if "line" in config:
        return main.main(list(config.line))
    hydra_config = HydraConfig.get()
    paths = config_files.search_paths(hydra_config.overrides.hydra)
    folder = Path(hydra_config.runtime.output_dir)
    chosen = None if folder == Path(hydra_config.runtime.cwd) else folder
    status = main.answer(lambda: single_trial.run([*paths, *hydra_config.overrides.task], chosen))
    if status and hydra_config.mode == RunMode.RUN:
        sys.exit(status)
    if status:
        raise RuntimeError(
            f"The trial of {' '.join(hydra_config.overrides.task)} has no result (exit status {status}): the message "
            "above says why."
        )
    return status


run = hydra.main(version_base="1.3", config_path=str(configure.folder()), config_name="config")(job)


def main(given: Sequence[str]) -> None:
    """Run Hydra's command line and exit with its status."""
    from ablate.commands.main import answer

    words: list[str] = []

    def check() -> int:
        words.extend(arguments.checked(given))
        return 0

    def complete() -> int:
        print(completion.answer(given, _hydra))
        return 0

    if completion.is_request(given):
        sys.exit(answer(complete))
    sys.exit(answer(check) or answer(lambda: _hydra(words)))


def _hydra(words: Sequence[str]) -> int:
    """Run Hydra, which exits by itself if something is wrong."""
    sys.argv[1:] = words
    run()
    return 0


if __name__ == "__main__":
    main(sys.argv[1:])
