"""Flags for XLA that change how long a program takes, and no bit of its results.

They are set in worker processes only. In the user's own process another library may read `XLA_FLAGS` and fail on flags
that it does not know.
"""

from __future__ import annotations

OURS = (
    # Without it XLA copies all weights before each step: it does not see that nothing reads the old ones any more.
    "--xla_cpu_copy_insertion_use_region_analysis=true",
    # A worker has one thread, so XLA should order operations for reuse of the cache, not for parallel running.
    "--xla_cpu_enable_concurrency_optimized_scheduler=false",
)
"""TensorFlow 2.21, which this package requires, has these flags. `benchmarks/README.md` has their effect."""


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
    """Return the flags in `XLA_FLAGS` that are not ours: they may change the bits of results.

    Examples:
        >>> of_user(joined("--a=1"))
        '--a=1'
    """
    return " ".join(flag for flag in flags.split() if flag not in OURS)


def _name(flag: str) -> str:
    return flag.partition("=")[0]
