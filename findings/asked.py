"""The guide on networks from public questions: the table that `python -m validation.asked` has measured, as text."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

from ablate.report.text_escaping import markdown
from findings import text

LEAD = """Networks like those that people asked about in public, built again for small digits
(`python -m validation.asked`, 16 seeds; [what is theirs](../validation/nets.py)): the first three changes of their row
that they can make, each by itself; in brackets the seeds that got above chance for good.
"""


def table(path: Path) -> str:
    """A row a network: how many seeds stayed at 1/N, how most of them look, and what each change brought."""
    with path.open(newline="", encoding="utf-8") as file:
        found = [list(own) for _, own in itertools.groupby(csv.DictReader(file), lambda row: row["network"])]
    rows = []
    for own in found:
        head = own[0]
        words = [(row["change"].removeprefix("model.arguments."), row["escaped"]) for row in own if row["change"]]
        tried = [f"{markdown(change)} ({escaped})" for change, escaped in words]
        asked = f"[{head['network']}]({head['asked']})"
        sight = markdown(head["sight"]) or "-"
        rows.append((asked, f"{head['at_chance']} of {head['of']}", sight, *tried, *["-"] * (3 - len(tried))))
    return f"{LEAD}\n{text.table(('network', 'at 1/N', 'looks like', 'first', 'then', 'then'), rows)}"
