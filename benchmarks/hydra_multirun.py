"""What `python -m ablate -m` costs beside training: `python benchmarks/hydra_multirun.py [FOLDER] [TRIALS ...]`.

Runs the Hydra application itself, in this process, with made-up training (`tests/fake_engine.py`: no TensorFlow, all
files of a real sweep but the report, which is made once a study) on two workers, for each number of trials (1,000 and
21,000 if none is given). Writes FOLDER/hydra.csv (results/published/bench if not given). Columns: trials, seconds on
the clock and of this process's processor, workers' made-up training among the former; then, a trial more from the
smallest to the largest, the same in milliseconds. Ends with status 1 if a trial costs more than 1 ms of the clock.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))

from ablate import __main__ as application
from tests.fake_sweep import CHANCE, FAKE, _page

LIMIT = 1.0
"""Milliseconds a trial."""

SEEDS = 20


def multirun(trials: int, folder: Path) -> tuple[float, float]:
    """Seconds on the clock and of the processor of one multirun, Hydra's own start among them."""
    rates = ",".join(str(0.001 * (place + 1)) for place in range(trials // SEEDS))
    words = ["-m", "task=words", f"study=hydra-{trials}", "workers=2", f"results_dir={folder}", "width=16"]
    began, used = time.perf_counter(), time.process_time()
    with (
        mock.patch("ablate.outcomes.chance_level.measure", return_value=CHANCE),
        mock.patch("ablate.runner.training_backend.package_engine", return_value=FAKE),
        mock.patch("ablate.results.study_results.load", side_effect=lambda folder: folder),
        mock.patch("ablate.report.write", side_effect=_page),
    ):
        try:
            application.main([*words, f"learning_rate={rates}", f"seed=range({SEEDS})"])
        except SystemExit as left:
            if left.code:
                raise
    return time.perf_counter() - began, time.process_time() - used


def main(folder: Path, sizes: Sequence[int]) -> int:
    """Measures, prints and writes; the exit status."""
    with tempfile.TemporaryDirectory() as temporary:
        rows = [(str(trials), *multirun(trials, Path(temporary))) for trials in sizes]
    more = sizes[-1] - sizes[0]
    each = [1000 * (last - first) / more for first, last in zip(rows[0][1:], rows[-1][1:], strict=True)]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "hydra.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["trials", "clock", "processor", "limit", "ok"])
        writer.writerows((name, f"{clock:.2f}", f"{processor:.2f}", "", "") for name, clock, processor in rows)
        writer.writerow(["ms a trial", f"{each[0]:.3f}", f"{each[1]:.3f}", LIMIT, each[0] <= LIMIT])
    print((folder / "hydra.csv").read_text(encoding="utf-8"), f"cores {os.cpu_count()}, load {os.getloadavg()[0]:.1f}")
    return int(each[0] > LIMIT)


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(
        main(Path(given[0] if given else "results/published/bench"), [int(each) for each in given[1:]] or [1000, 21000])
    )
