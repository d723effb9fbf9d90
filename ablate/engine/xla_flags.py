"""How XLA compiles: settings that change how long a program takes and none of its bits.

They are set in workers only, because those processes are ours: another library that reads `XLA_FLAGS` may not know
them.
"""

from __future__ import annotations

OURS = (
    # Without it XLA copies all weights before each step: it does not see that nothing reads the old ones any more.
    "--xla_cpu_copy_insertion_use_region_analysis=true",
    # A worker has one thread: it should run next what has its numbers in the cache, not what could run in parallel.
    "--xla_cpu_enable_concurrency_optimized_scheduler=false",
)
"""XLA of TensorFlow 2.21, which this package requires, knows them. `benchmarks/README.md` has their effect."""


def joined(theirs: str) -> str:
    """Return the user's `XLA_FLAGS` with ours before them; a flag that the user has set stays.

    Examples:
        >>> joined("--a=1") == " ".join([*OURS, "--a=1"])
        True
        >>> joined(joined("--a=1")) == joined("--a=1")
        True
    """
    known = {_name(flag) for flag in theirs.split()}
    return " ".join([*(flag for flag in OURS if _name(flag) not in known), *theirs.split()])


def of_user(flags: str) -> str:
    """Return the flags in `XLA_FLAGS` that are not ours: they may decide bits.

    Examples:
        >>> of_user(joined("--a=1"))
        '--a=1'
    """
    return " ".join(flag for flag in flags.split() if flag not in OURS)


def _name(flag: str) -> str:
    return flag.partition("=")[0]
