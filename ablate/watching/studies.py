"""Read from the guide what the published trials say about a cause."""

from __future__ import annotations

import functools
import re

from ablate.core.documents import document


def counts(cause: str) -> str:
    """Return what brings networks off chance that have this cause, with the shares that escaped; empty if unknown.

    Examples:
        >>> "loss=fused" in counts("clip_trap"), counts("one_softmax")
        (True, '')
    """
    anew, on = _tables().get(cause, ("", ""))
    parts = [f"anew: {anew}"] if anew else []
    parts += [f"going on from its weights: {on}"] if on else []
    return f"Share of the published trials with this cause that escape, {'; '.join(parts)}." if parts else ""


@functools.cache
def _tables() -> dict[str, tuple[str, str]]:
    """Return, by cause, the changes of both tables of the guide: start anew, and go on."""
    path = document("guide.md")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    result: dict[str, tuple[str, str]] = {}
    for number, title in enumerate(("## Start anew with", "## ... or go on from")):
        part = text.partition(title)[2].partition("\n## ")[0]
        for name, cells in re.findall(r"^\| \*\*([\w\\]+)\*\*:.*?\| (.*?) \|$", part, re.MULTILINE):
            changes = [cell.strip().replace("\\", "") for cell in cells.split("|")]
            words = ", ".join(change for change in changes if change != "-")
            before = result.get(name.replace("\\", ""), ("", ""))
            result[name.replace("\\", "")] = (words, before[1]) if number == 0 else (before[0], words)
    return result
