"""Run code as a new Python would, in a fraction of the time: libraries are imported once, and each run is a fork.

Nothing of this repository is loaded in a run before its code begins. A test of what a process loads, or of how it
starts, needs a real one.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARIES = (
    *("hydra", "matplotlib.figure", "numpy", "omegaconf", "pandas", "pyarrow.parquet", "pydantic", "rich.table"),
    *("scipy.stats", "sklearn.ensemble", "sklearn.linear_model", "sklearn.pipeline", "yaml"),
)

_processes: Any = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([*LIBRARIES, __name__])


@dataclass(frozen=True, kw_only=True)
class Said:
    """How a run ended."""

    status: int
    out: str
    err: str


def python(
    code: str,
    *,
    paths: Sequence[Path],
    folder: Path | None = None,
    words: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Said:
    """Run code.

    Args:
        code: Python source.
        paths: folders in which it finds modules, before those of this environment.
        folder: its working folder; the present one by default.
        words: `sys.argv` after the first.
        environment: variables beside those of this process.
    """
    with tempfile.TemporaryDirectory() as scratch:
        out, err = Path(scratch) / "out", Path(scratch) / "err"
        given = {**os.environ, **(environment or {}), "PYTHONPATH": os.pathsep.join(map(str, paths))}
        installed = [path for path in sys.path if "site-packages" in path or path.startswith(sys.base_prefix)]
        place = str(folder or Path.cwd())
        run = _processes.Process(
            target=_run, args=(code, [*map(str, paths), *installed], place, list(words), given, str(out), str(err))
        )
        run.start()
        run.join()
        return Said(status=run.exitcode, out=out.read_text(), err=err.read_text())


def _run(
    code: str, paths: list[str], folder: str, words: list[str], environment: dict[str, str], out: str, err: str
) -> None:
    """Become the process that the code expects."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, closefd=False) for number in (1, 2))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[:], sys.argv[:] = paths, ["-c", *words]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("ablate", "hydra_plugins", "tests")]:
        del sys.modules[name]
    exec(compile(code, "<code>", "exec"), {"__name__": "__main__"})  # noqa: S102 - a test's own code
