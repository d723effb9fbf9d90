"""Measure where the time of a stack goes: `python -m benchmarks.breakdown [FOLDER] [NETWORK ...]`.

One stack on one thread, as a worker trains it, with TensorFlow's own profiler inside the third to fifth run (the first
compiles). Every kernel of the compiled program is looked up in XLA's listing of that program, whose metadata names the
operation it was made of. Writes FOLDER/breakdown.csv (results/published/bench if not given): network, part, seconds,
share (of a warm stack's time; `compile` once a program), microseconds a trial-step. A network is a width (two dense
layers) or a function of `benchmarks.models`.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from ablate.engine import xla_flags
from ablate.executors import worker
from benchmarks import work
from benchmarks.turns import ROOT, environment

NETWORKS = ("32", "64", "256", "cnn")
STEPS, LOOKS = 200, 12
WATCHED = 3
"""Runs inside the profiler, of which the fastest is told of: the first one pays for the profiler."""

PARTS = ("compile", "matmul", "elementwise", "optimizer", "data", "other kernels", "between kernels", "host")

KINDS = (
    ("matmul", re.compile(r"MatMul|Einsum|dot_general|BatchMatMul", re.IGNORECASE)),
    ("optimizer", re.compile(r"adam|stateless_apply|optimizer", re.IGNORECASE)),
    ("data", re.compile(r"Gather|TensorList|dynamic.slice|StridedSlice", re.IGNORECASE)),
)
"""Part of a kernel by the operation that it was made of; what is none of these is elementwise."""


def part_of(kernel: str, origin: str) -> str:
    """Return the part that a kernel belongs to, by its name and the operation that XLA made it of.

    Examples:
        >>> part_of("MatMul.68", ""), part_of("gather_bitcast_fusion", ""), part_of("copy.3", "")
        ('matmul', 'data', 'other kernels')
        >>> part_of("multiply_add_fusion.7", "train/while/adam/mul"), part_of("select_fusion", "train/while/Relu")
        ('optimizer', 'elementwise')
    """
    if kernel.startswith(("MatMul", "dot", "Einsum")):
        return "matmul"
    if "gather" in kernel:
        return "data"
    if kernel.startswith(("copy", "call", "bitcast", "tuple")):
        return "other kernels"
    return next((part for part, pattern in KINDS if pattern.search(origin.rpartition("while/")[2])), "elementwise")


def origins(listing: Path) -> dict[str, str]:
    """Instruction -> operation, of XLA's listings of optimized programs in that folder."""
    found = dict[str, str]()
    pattern = re.compile(r'^\s*(?:ROOT )?%?([\w.-]+) = .*?op_name="([^"]*)"', re.MULTILINE)
    for path in listing.glob("*after_optimizations.txt"):
        found.update(pattern.findall(path.read_text(encoding="utf-8", errors="replace")))
    return found


def kernels(folder: Path) -> Counter[str]:
    """Seconds by name of everything that the profiler saw on the host's processor."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (path,) = folder.rglob("*.xplane.pb")
    space: Any = xplane_pb2.XSpace()
    space.ParseFromString(path.read_bytes())
    spent: Counter[str] = Counter()
    for plane in space.planes:
        if plane.name == "/host:CPU":
            for event in (event for line in plane.lines for event in line.events):
                spent[plane.event_metadata[event.metadata_id].name] += event.duration_ps / 1e12
    return spent


def words_of(network: str) -> tuple[str, ...]:
    """Return the overrides of a study that trains this network alone.

    Examples:
        >>> words_of("64")[-1], words_of("cnn")[-1]
        ('width=64', 'model=benchmarks.models:cnn')
    """
    if network.isdigit():
        return ("study=breakdown", "loss=fused", "activation=relu", "optimizer=adam", f"width={network}")
    return ("study=breakdown", "task=digits", f"model=benchmarks.models:{network}")


def measure(network: str, listing: Path) -> dict[str, float]:
    """Seconds by part of one warm stack, and of compiling it; `steps` are its trial-steps."""
    from ablate import engine
    from ablate.engine import program

    words = (*words_of(network), f"steps={STEPS}", f"looks={LOOKS}")
    slots = program.slots_of(work.trials([*words, "seed=0"])[0])
    trials = work.trials([*words, f"seed=range({slots})"])
    (stack,) = program.stacks(trials)
    cold, warm = _seconds(engine.train, stack), _seconds(engine.train, stack)
    watched, spent = min((_watched(stack) for _ in range(WATCHED)), key=lambda pair: pair[0])
    names = origins(listing)
    found = defaultdict[str, float](float, {"compile": cold - warm, "steps": float(len(trials) * STEPS)})
    for name, seconds in spent.items():
        if name in names and not name.startswith(("while", "conditional", "call")):
            found[part_of(name, names[name])] += seconds
    executed = spent["CpuExecutable::ExecuteAsyncOnStream"]
    found["between kernels"] = max(0.0, executed - sum(found[part] for part in PARTS[1:6]))
    found["host"] = max(0.0, watched - executed)
    return dict(found)


def _watched(stack: Any) -> tuple[float, Counter[str]]:
    """Seconds of the stack inside the profiler, and of everything that it saw."""
    import tensorflow as tf

    from ablate import engine

    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder, options=tf.profiler.experimental.ProfilerOptions(host_tracer_level=3))
        seconds = _seconds(engine.train, stack)
        tf.profiler.experimental.stop()
        return seconds, kernels(Path(folder))


def _seconds(function: Any, *arguments: Any) -> float:
    began = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - began


def profiled(network: str) -> dict[str, float]:
    """`measure` in a process of its own: on one thread, and with XLA listing its programs."""
    with tempfile.TemporaryDirectory() as listing:
        listed = f"--xla_dump_to={listing} --xla_dump_hlo_as_text"
        surroundings = {**worker.ONE_THREAD, "XLA_FLAGS": xla_flags.joined(listed)}
        words = [sys.executable, "-m", "benchmarks.breakdown", "one", network, listing]
        done = subprocess.run(
            words,
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**environment(), **surroundings},
        )
    import json

    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(folder: Path, networks: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Profiles each network, prints and writes; what was found, by network."""
    every: dict[str, dict[str, float]] = {}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "breakdown.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["network", "part", "seconds", "share", "microseconds_a_trial_step"])
        for network in networks:
            found = every[network] = profiled(network)
            whole = sum(found.get(part, 0.0) for part in PARTS[1:])
            for part in PARTS:
                seconds = found.get(part, 0.0)
                share = "" if part == "compile" else f"{seconds / whole:.3f}"
                each = "" if part == "compile" else f"{seconds * 1e6 / found['steps']:.2f}"
                out.writerow([network, part, f"{seconds:.3f}", share, each])
                print(f"{network:5} {part:16} {seconds:8.3f} s {share:>6} {each:>8}", flush=True)
    return every


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        import json

        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(json.dumps(measure(sys.argv[2], Path(sys.argv[3]))))
    else:
        chosen = tuple(sys.argv[2:]) or NETWORKS
        main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/bench"), chosen)
