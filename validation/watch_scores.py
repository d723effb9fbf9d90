"""Count how often `ablate.Watch` is right, from the fits of `validation.watch`; write what docs/watch.md says of it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ablate.engine.callback.pace import FREE
from ablate.stats.rates import wilson

ROOT = Path(__file__).parents[1]
PUBLISHED = ROOT / "results" / "published" / "validation"
PAGE = ROOT / "docs" / "watch.md"
BEGIN, END = "<!-- measured: written by `python -m validation.watch table` -->\n", "<!-- end of measured -->"

PARTS = {
    "all": ("seen", "left_out", "fresh", "fresh_2", "fresh_3", "fresh_4", "fresh_5"),
    "seen": ("seen", "left_out"),
    "left out": ("fresh", "fresh_2"),
    "new before": ("fresh_3", "fresh_4"),
    "new": ("fresh_5",),
}
"""Parts of the programs that are scored: rules were set by both halves of the first ones. Two rules were set after
programs of `left out` had been told late (docs/watch.md). Rows of `new before` are what was said before any rule knew
them; rules were then set by them. Those of `new` are of the rules that were there before they were fitted."""


def scores(rows: Iterable[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield the shares that are judged, each with Wilson's 95 % interval, for PARTS.

    Args:
        rows: rows of the table.
    """
    table = list(rows)
    for part, names in PARTS.items():
        mine = [row for row in table if row["part"] in names]
        wrong = [row for row in mine if row["state"] in ("stuck", "diverged")]
        ill = [row for row in mine if row["cause"] and row["cause"] != "few_steps"]
        healthy = [row for row in mine if not row["cause"] and row["kind"] == "healthy"]
        looks = [row for row in mine if not row["cause"] and row["kind"] == "looks_ill"]
        for name, hits in {
            "stuck or diverged, told": [row["told"] == "1" for row in wrong],
            "of these, in time": [row["told"] == "1" and _in_time(row) for row in wrong],
            "any fault, told": [row["told"] == "1" for row in ill],
            "cause first, of faults": [row["found"] == row["cause"] for row in ill],
            "cause first, of those told": [row["found"] == row["cause"] for row in ill if row["told"] == "1"],
            "false alarm, healthy": [row["told"] == "1" for row in healthy],
            "false alarm, looks ill": [row["told"] == "1" for row in looks],
            "TerminateOnNaN, stuck or diverged": [row["nan"] == "1" for row in wrong],
            "TerminateOnNaN, false": [row["nan"] == "1" for row in (*healthy, *looks)],
            "EarlyStopping, stuck or diverged": [row["early"] == "1" for row in wrong],
            "EarlyStopping, false": [row["early"] == "1" for row in (*healthy, *looks)],
            "2 points of 1/N, stuck or diverged": [row["rule"] == "1" for row in wrong],
            "2 points of 1/N, false": [row["rule"] == "1" for row in (*healthy, *looks)],
        }.items():
            count, right = len(hits), sum(hits)
            low, high = (float(bound) for bound in wilson(np.asarray(right), np.asarray(max(1, count))))
            yield {"part": part, "score": name, "right": right, "fits": count,
                   "share": round(right / max(1, count), 4), "low": round(low, 4), "high": round(high, 4)}  # fmt: skip


def _in_time(row: dict[str, str]) -> bool:
    """Return whether it was told within two epochs, or a tenth of the steps, of the moment."""
    return float(row["late"] or 0) <= max(0.1 * float(row["steps"]), 2 * float(row["per_epoch"]))


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table; none if there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def table(path: Path) -> int:
    """Write the scores of a table of fits, print them, and write the page; return the exit status.

    Args:
        path: the table of fits.
    """
    result = list(scores(read(path)))
    with path.with_name("watch_scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(result[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(result)
    for row in result:
        print("{part:9} {score:36} {right:3}/{fits:3}  {share:.3f} [{low:.3f}, {high:.3f}]".format(**row))
    if path.parent == PUBLISHED:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), PUBLISHED), encoding="utf-8")
    return 0


def written(page: str, folder: Path) -> str:
    """Return the page with its measured part as the tables of a folder have it.

    Args:
        page: text of docs/watch.md.
        folder: where the tables are.
    """
    text = "\n".join((_rates(folder), _costs(folder), _proofs(folder)))
    return re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: BEGIN + text + END, page, flags=re.S)


def _rates(folder: Path) -> str:
    fits = read(folder / "watch.csv")
    counted = {(row["part"], row["score"]): row for row in read(folder / "watch_scores.csv")}
    many = {part: [row for row in fits if row["part"] in names] for part, names in PARTS.items()}
    shown = [part for part, rows in many.items() if part != "seen" and rows][::-1]
    heads = [f"{part} ({len({row['id'] for row in many[part]})} programs, {len(many[part])} fits)" for part in shown]
    lines = [f"| score | {' | '.join(heads)} |", "| --- " * (len(shown) + 1) + "|"]
    for name in dict.fromkeys(score for _, score in counted):
        cells = [
            "{right} of {fits} ({low:.2f} to {high:.2f})".format(
                right=row["right"], fits=row["fits"], low=float(row["low"]), high=float(row["high"])
            )
            for row in (counted[part, name] for part in shown)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _costs(folder: Path) -> str:
    rows = read(folder / "watch_cost.csv")
    if not rows:
        return ""
    same = sum(row["same_bits"] == "1" for row in rows)
    shares = sorted(float(row["share"]) for row in rows)
    seconds = sorted(float(row["training"]) for row in rows)
    found = sum(float(row["finding"]) > 0 for row in rows)
    steps = max(float(row["steps_share"]) for row in rows)
    return (
        f"{len(rows)} kinds of models, 150 epochs of each (`python -m validation.watch_cost`): {same} are the same to "
        f"the last bit with the callback. In trainings of {seconds[0]:.0f} to {seconds[-1]:.0f} s, which may spend "
        f"{FREE:g} s, it took {shares[0]:.1%} to {shares[-1]:.1%} of the time; {steps:.1%} at most were spent on steps "
        f"without a look. In {found} a cause was looked for once or more, which is not counted in this share.\n"
    )


def _proofs(folder: Path) -> str:
    rows = read(folder / "watch_proof.csv")
    if not rows:
        return ""
    right = [row for row in rows if row["named"] == row["cause"]]
    confirmed = sum(row["confirmed"] == "1" for row in right)
    low, high = (float(bound) for bound in wilson(np.asarray(confirmed), np.asarray(max(1, len(right)))))
    return (
        f"`watch.prove` on {len(rows)} of the stuck programs left out (`python -m validation.watch_proof`): of "
        f"{len(right)} whose cause was named right, {confirmed} were confirmed ({low:.2f} to {high:.2f}).\n"
    )
