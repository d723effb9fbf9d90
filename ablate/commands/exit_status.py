"""Name the exit statuses of the command line."""

from __future__ import annotations

DONE = 0
DIFFERENT = 1
"""`ablate show --rerun`: the trial did not repeat its record."""

USAGE_ERROR = 2
"""The command, its data or its results cannot be used as asked; the message says why."""

INTERRUPTED = 130
"""A signal stopped the command; the same command, run again, continues where it stopped."""
