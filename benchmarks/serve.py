"""Run one side of a comparison in a process of its own: `python -m benchmarks.serve MODULE [CORE]`.

Each line on standard input is JSON, [name, case] or [name]. With a case, the module's `prepare(case)` makes everything
ready, compilation included, and returns a function that does the work once. Without a case, the function of that name
is called. Each line is answered by one line. With CORE, the process stays on that core, on one thread.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

from benchmarks import work

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
RIGHT_SUMS = "--xla_cpu_experimental_ynn_fusion_type="
"""jax 0.10.2 returns wrong sums for some batched products unless this is empty (its issue 39103)."""


def main(module: str, core: str = "") -> None:
    """Answer lines until standard input ends."""
    flags = [RIGHT_SUMS] if ".jax" in module else []
    os.environ.update(QUIET)
    if core:
        os.environ.update(ONE_THREAD)
        flags.append(ONE_THREAD["XLA_FLAGS"])
        os.sched_setaffinity(0, {int(core)})
    if flags:
        os.environ["XLA_FLAGS"] = " ".join(flags)
    out = os.fdopen(os.dup(1), "w")
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)
    prepare, runs = importlib.import_module(module).prepare, {}
    for line in sys.stdin:
        name, *case = json.loads(line)
        if case:
            runs[name] = prepare(work.read(case[0]))
        print(json.dumps("ready" if case else runs[name]()), file=out, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
