"""Our flags are set beside the user's, whose own stay, and are told from theirs again."""

from __future__ import annotations

import pytest

from ablate.engine import xla_flags

FIRST, SECOND = xla_flags.OURS
OFF = FIRST.replace("true", "false")


def test_ours_are_these() -> None:
    assert xla_flags.OURS == (
        "--xla_cpu_copy_insertion_use_region_analysis=true",
        "--xla_cpu_enable_concurrency_optimized_scheduler=false",
    )


@pytest.mark.parametrize(
    ("theirs", "joined"),
    [
        ("", f"{FIRST} {SECOND}"),
        ("--a=1  --b", f"{FIRST} {SECOND} --a=1 --b"),
        (OFF, f"{SECOND} {OFF}"),
        (f"--a {SECOND}", f"{FIRST} --a {SECOND}"),
    ],
)
def test_a_flag_of_the_user_stays(theirs: str, joined: str) -> None:
    assert xla_flags.joined(theirs) == joined


@pytest.mark.parametrize(("flags", "theirs"), [("", ""), (f"{FIRST} --a=1 {SECOND}", "--a=1"), (OFF, OFF)])
def test_what_is_not_ours_may_change_bits(flags: str, theirs: str) -> None:
    assert xla_flags.of_user(flags) == theirs
