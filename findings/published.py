"""Read the declared comparisons of each study from its published report in results/published/."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from findings import verdicts
from findings.verdicts import Verdict

ORDER = (
    "blog",
    "loss",
    "rate",
    "width",
    "activation",
    "optimizer",
    "normalization",
    "logits",
    "bugs",
    "input_scale",
    "initial_scale",
    "momentum",
    "steps",
    "symmetric",
    "constant_init",
    "tables",
    "models",
    "rescue",
    "rescue_collapsed",
    "rescue_small_steps",
    "rescue_large_steps",
    "rescue_penalized",
    "folklore",
    "folklore_blobs",
    "pairs",
    "pairs_blobs",
)
"""The studies, in the order of the page."""

COUNTED = "escaped"


@dataclass(frozen=True, kw_only=True)
class Size:
    """A paired difference in escape rates with its interval and numbers.

    Attributes:
        estimate, low, high: the difference and its 95 % interval.
        adjusted_p: p-value of no difference, adjusted for its family.
        pairs, seeds: numbers of pairs and seeds.
        counts: pairs in which the level escaped, and in which the level it is compared with did; None in old reports.
        parts: the other factor by which the difference varies most, with the differences; empty if it does not vary.
    """

    estimate: float
    low: float
    high: float
    adjusted_p: float
    pairs: int
    seeds: int
    counts: tuple[int, int] | None = None
    parts: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One declared comparison at one place.

    Attributes:
        question: the declared question; the two levels if there is none.
        parts: what names the place: the two levels, the levels of other factors, and the group of trials.
        expect: the prediction, empty without one.
        size: the difference, a mean over the study's settings; None without a pair of trials.
        alone: the difference that the one change makes at the baseline; None if the report does not have it.
    """

    question: str
    parts: tuple[str, ...]
    expect: str
    size: Size | None
    alone: Size | None = None

    @property
    def verdict(self) -> Verdict:
        """Return the verdict by the rule of `findings.verdicts`."""
        if self.size is None:
            return verdicts.NOT_ANSWERED
        return verdicts.verdict(self.expect, self.size.estimate, self.size.low, self.size.high, self.size.adjusted_p)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """All comparisons of a study with one question, each with the name of its place."""

    question: str
    places: tuple[tuple[str, Comparison], ...]

    @property
    def verdict(self) -> str:
        """Return the verdict over all places."""
        return verdicts.over_places([(name, comparison.verdict) for name, comparison in self.places])


@dataclass(frozen=True, kw_only=True)
class Published:
    """A study's name, its question, and its claims in the order of their declaration."""

    name: str
    question: str
    claims: tuple[Claim, ...]

    @property
    def comparisons(self) -> list[Comparison]:
        """Return every comparison of every claim."""
        return [comparison for claim in self.claims for _, comparison in claim.places]


@cache
def frame(study: Path, name: str) -> pd.DataFrame | None:
    """Return the rows of a Parquet file of a study's report, or of all its published parts; None without one.

    A file is read once, so callers must not change the frame.

    Args:
        study: the folder results/published/<study>.
        name: the file's name.
    """
    paths = sorted((study / "parts").glob(f"*/{name}")) or [study / "report" / name]
    frames = [pd.read_parquet(path, use_threads=False) for path in paths if path.is_file()]
    return pd.concat(frames, ignore_index=True).drop_duplicates("id") if frames else None


def load(results: Path, experiments: Path) -> list[Published]:
    """Return the studies of ORDER that have a published table of contrasts.

    Args:
        results: the folder with <study>/report/tables/contrasts.csv.
        experiments: the folder with <study>.yaml, for the question of a report that has no manifest.
    """
    return [study(results, experiments, name) for name in names(results)]


def baseline(study: Path) -> dict[str, str]:
    """Return the names of the baseline's levels, by factor, from the manifest of a published study.

    Args:
        study: the study's published folder.
    """
    record = json.loads((study / "report" / "manifest.json").read_text(encoding="utf-8"))
    return {factor["name"]: str(factor["baseline"]["name"]) for factor in record["study"]["factors"]}


def names(results: Path) -> list[str]:
    """Return the names of the studies of ORDER that have a published table of contrasts."""
    return [name for name in ORDER if _table(results, name).is_file()]


def study(results: Path, experiments: Path, name: str) -> Published:
    """Return one published study.

    Args:
        results: the folder with <name>/report/tables/contrasts.csv.
        experiments: the folder with <name>.yaml, for the question of a report that has no manifest.
        name: the study.

    Raises:
        FileNotFoundError: it has no table, or neither a manifest nor a file in `experiments`.
    """
    manifest = results / name / "report" / "manifest.json"
    declared = (
        json.loads(manifest.read_text(encoding="utf-8"))["study"]
        if manifest.is_file()
        else yaml.safe_load((experiments / f"{name}.yaml").read_text(encoding="utf-8"))
    )
    comparisons = list(_answered(_table(results, name)))
    if manifest.is_file():
        comparisons += _unanswered(declared["contrasts"], comparisons)
    return Published(name=name, question=str(declared["question"]), claims=_claims(comparisons))


def _table(results: Path, name: str) -> Path:
    return results / name / "report" / "tables" / "contrasts.csv"


def _answered(table: Path) -> Iterator[Comparison]:
    """Yield the declared comparisons of escape in a published table; older tables lack `at` and `expect`."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["counted"] == COUNTED]
    alone = {_asked(row): _size(row) for row in rows if row["family"] == "declared at the baseline"}
    for row in rows:
        if row["family"] == "declared":
            question, parts, expect = key = _asked(row)
            size, change = _size(row), alone.get(key)
            yield Comparison(question=question, parts=parts, expect=expect, size=size, alone=change)


def _asked(row: Mapping[str, str]) -> tuple[str, tuple[str, ...], str]:
    """Return a row's question, what names its place, and the prediction."""
    parts = (_levels(row), *_at(row.get("at") or ""), row["stratum"])
    return row["asked"] or _levels(row), parts, row.get("expect") or ""


def _size(row: Mapping[str, str]) -> Size:
    return Size(
        estimate=float(row["difference"]),
        low=float(row["low"]),
        high=float(row["high"]),
        adjusted_p=float(row["adjusted_p"]),
        pairs=int(row["pairs"]),
        seeds=int(row["seeds"]),
        counts=_counts(row),
        parts=row.get("parts") or "",
    )


def _counts(row: Mapping[str, str]) -> tuple[int, int] | None:
    return (int(row["level_count"]), int(row["against_count"])) if "level_count" in row else None


def _unanswered(declared: Sequence[Mapping[str, Any]], answered: Sequence[Comparison]) -> list[Comparison]:
    """Return the declared comparisons without a row in the table, for any group of trials."""
    # A manifest has its keys in alphabetical order, a table in the order of declaration: so the order does not count.
    known = {(comparison.question, frozenset(comparison.parts[:-1])) for comparison in answered}
    missing = []
    for contrast in declared:
        at = contrast.get("at") or {}
        parts = (_levels(contrast), *(f"{name}={'|'.join(levels)}" for name, levels in at.items()))
        question, expect = contrast["question"] or _levels(contrast), contrast.get("expect") or ""
        if (question, frozenset(parts)) not in known:
            missing.append(Comparison(question=question, parts=parts, expect=expect, size=None))
    return missing


def _levels(row: Mapping[str, Any]) -> str:
    return f"{row['factor']} {row['level']} against {row['against']}"


def _at(levels: str) -> list[str]:
    return levels.split(", ") if levels else []


def _claims(comparisons: Sequence[Comparison]) -> tuple[Claim, ...]:
    """Group comparisons by question; the name of a place leaves out the parts that all places of its claim share."""
    claims = []
    for question in dict.fromkeys(comparison.question for comparison in comparisons):
        asked = [comparison for comparison in comparisons if comparison.question == question]
        shared = set.intersection(*(set(comparison.parts) for comparison in asked)) if len(asked) > 1 else set()
        names = [", ".join(part for part in comparison.parts if part not in shared) for comparison in asked]
        claims.append(Claim(question=question, places=tuple(zip(names, asked, strict=True))))
    return tuple(claims)
