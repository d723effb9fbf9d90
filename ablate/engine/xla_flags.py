"""How XLA compiles: settings of workers that change how long a program takes, and none of its bits.

They are set in workers alone, whose process is ours: another library that reads `XLA_FLAGS` need not know them.
"""

from __future__ import annotations

OURS = (
    # Without it XLA copies all weights before each step: it does not see that who reads the old ones is done by then.
    "--xla_cpu_copy_insertion_use_region_analysis=true",
    # A worker has one thread: what runs next should be what has its numbers in the cache, not what could run beside.
    "--xla_cpu_enable_concurrency_optimized_scheduler=false",
)
"""Known to XLA of TensorFlow 2.21, on which this package depends. `benchmarks/README.md` says what they bring."""


def joined(theirs: str) -> str:
    """The user's `XLA_FLAGS` with ours before them; what the user has set stays.

    Examples:
        >>> joined("--a=1") == " ".join([*OURS, "--a=1"])
        True
        >>> joined(joined("--a=1")) == joined("--a=1")
        True
    """
    known = {name_of(flag) for flag in theirs.split()}
    return " ".join([*(flag for flag in OURS if name_of(flag) not in known), *theirs.split()])


def of_user(flags: str) -> str:
    """What is not ours in `XLA_FLAGS`: it may decide bits.

    Examples:
        >>> of_user(joined("--a=1"))
        '--a=1'
    """
    return " ".join(flag for flag in flags.split() if flag not in OURS)


def name_of(flag: str) -> str:
    """A flag without its value."""
    return flag.partition("=")[0]
