"""`python -m validation.repeats [FOLDER] [STUDY ...]`: train published studies again with other seeds.

Writes FOLDER/repeats.csv (results/published/validation if not given), a row for each declared comparison of escape:
study, factor, level, against, at, stratum; the published difference with its 95 % interval and pairs; the same of the
repeat; and whether the published interval covers the repeated difference. A repeat varies, too: one as large as its
study lies outside in one case of six (`outside`), so a few that are not covered are expected. Disjoint intervals are a
contradiction and end with status 1.
"""

from __future__ import annotations

import csv
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import NormalDist

ROOT = Path(__file__).parents[1]
STUDIES = ("logits", "normalization", "tables")
SEEDS = "range(100,164)"
"""Seeds that the studies have not used."""
KEY = ("factor", "level", "against", "at", "stratum")
PUBLISHED, REPEAT = ("published", "low", "high", "pairs"), ("repeat", "repeat_low", "repeat_high", "repeat_pairs")
COLUMNS = ("study", *KEY, *PUBLISHED, *REPEAT, "covered")

Row = Mapping[str, str]


def declared(table: Path) -> dict[tuple[str, ...], Row]:
    """Return the declared comparisons of escape in a report's contrasts.csv, by the columns KEY."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row["family"], row["counted"]) == ("declared", "escaped")]
    return {tuple(row[name] for name in KEY): row for row in rows}


def beside(study: str, published: Mapping[tuple[str, ...], Row], again: Mapping[tuple[str, ...], Row]) -> Iterator[Row]:
    """Yield each comparison that both have, with the published interval and the repeat's.

    Args:
        study: its name.
        published: the published comparisons.
        again: the comparisons of the repeat.
    """
    for key, row in published.items():
        if key in again:
            other = again[key]
            yield {
                "study": study,
                **dict(zip(KEY, key, strict=True)),
                "published": row["difference"],
                "low": row["low"],
                "high": row["high"],
                "pairs": row["pairs"],
                "repeat": other["difference"],
                "repeat_low": other["low"],
                "repeat_high": other["high"],
                "repeat_pairs": other["pairs"],
                "covered": str(float(row["low"]) <= float(other["difference"]) <= float(row["high"])),
            }


def disjoint(row: Row) -> bool:
    """Return whether the two intervals of a row are disjoint."""
    return float(row["low"]) > float(row["repeat_high"]) or float(row["repeat_low"]) > float(row["high"])


def outside(pairs: int, again: int) -> float:
    """Return how often a repeated estimate lies outside the 95 % interval of the first, if the truth is the same.

    The interval reaches 1.96 standard errors of the first estimate, which are 1.96 / sqrt(1 + pairs / again) standard
    errors of the difference between the two estimates.

    Args:
        pairs: pairs behind the first estimate.
        again: pairs behind the repeat.

    Examples:
        >>> round(outside(20, 20), 3), round(outside(40, 64), 3), round(outside(20, 10**9), 3)
        (0.166, 0.124, 0.05)
    """
    reach = NormalDist().inv_cdf(0.975) / math.sqrt(1 + pairs / again)
    return 2 * NormalDist().cdf(-reach)


def main(folder: str = "results/published/validation", *studies: str) -> int:
    """Train, compare and write the table; return the exit status."""
    import ablate

    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        for study in studies or STUDIES:
            ablate.sweep(f"experiment={study}", f"seed={SEEDS}", f"results_dir={scratch}")
            published = declared(ROOT / "results" / "published" / study / "report" / "tables" / "contrasts.csv")
            rows += beside(study, published, declared(Path(scratch) / study / "report" / "tables" / "contrasts.csv"))
    target = Path(folder) / "repeats.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    covered = sum(row["covered"] == "True" for row in rows)
    print(f"{covered} of {len(rows)} repeats lie in the published interval; {sum(map(disjoint, rows))} are disjoint.")
    return int(any(map(disjoint, rows)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
