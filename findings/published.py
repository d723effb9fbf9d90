"""What the published reports say: the declared comparisons of each study, read from results/published/."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    "rescue",
    "rescue_collapsed",
    "folklore",
    "folklore_blobs",
    "pairs",
    "pairs_blobs",
)
"""The studies, as they are read."""

COUNTED = "escaped"


@dataclass(frozen=True, kw_only=True)
class Size:
    """A paired difference in escape rates, its 95 % interval, the p-value adjusted for its family, and its n.

    `counts`: how many of the pairs escaped with the level, and with the one it is compared with; None in old reports.
    `parts`: the other factor by which the difference varies most, where it does.
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
        question: what it is to answer; its levels if nothing was asked.
        parts: the two levels, the stratum of trials, and the levels of other factors: what names the place.
        expect: the prediction, empty if there was none.
        size: what was found; None if no pair of trials answers it.
    """

    question: str
    parts: tuple[str, ...]
    expect: str
    size: Size | None

    @property
    def verdict(self) -> Verdict:
        """By the rule of `findings.verdicts`."""
        if self.size is None:
            return verdicts.NOT_ANSWERED
        return verdicts.verdict(self.expect, self.size.estimate, self.size.low, self.size.high, self.size.adjusted_p)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """All comparisons of a study that ask the same, with the name of each place among them."""

    question: str
    places: tuple[tuple[str, Comparison], ...]

    @property
    def verdict(self) -> str:
        """Over the places."""
        return verdicts.over_places([(name, each.verdict) for name, each in self.places])


@dataclass(frozen=True, kw_only=True)
class Published:
    """A study's report: its name, its question and its claims in the order of their declaration."""

    name: str
    question: str
    claims: tuple[Claim, ...]

    @property
    def comparisons(self) -> list[Comparison]:
        """Every comparison of every claim."""
        return [each for claim in self.claims for _, each in claim.places]


def frame(study: Path, name: str) -> pd.DataFrame | None:
    """A parquet file of a study's report, or of all its published parts together; None if there is none.

    Args:
        study: the folder results/published/<study>.
        name: the file's name.
    """
    found = sorted((study / "parts").glob(f"*/{name}")) or [study / "report" / name]
    frames = [pd.read_parquet(path, use_threads=False) for path in found if path.is_file()]
    return pd.concat(frames, ignore_index=True).drop_duplicates("id") if frames else None


def load(results: Path, experiments: Path) -> list[Published]:
    """The studies of ORDER that have a published table of contrasts.

    Args:
        results: the folder with <study>/report/tables/contrasts.csv.
        experiments: the folder with <study>.yaml, for the question of a report that has no manifest.
    """
    there = [name for name in ORDER if _table(results, name).is_file()]
    return [study(results, experiments, name) for name in there]


def study(results: Path, experiments: Path, name: str) -> Published:
    """One study's report.

    Raises:
        FileNotFoundError: it has none, or neither a manifest nor a file in `experiments`.
    """
    manifest = results / name / "report" / "manifest.json"
    declared = (
        json.loads(manifest.read_text(encoding="utf-8"))["study"]
        if manifest.is_file()
        else yaml.safe_load((experiments / f"{name}.yaml").read_text(encoding="utf-8"))
    )
    found = list(_answered(_table(results, name)))
    if manifest.is_file():
        found += _unanswered(declared["contrasts"], found)
    return Published(name=name, question=str(declared["question"]), claims=_claims(found))


def _table(results: Path, name: str) -> Path:
    return results / name / "report" / "tables" / "contrasts.csv"


def _answered(table: Path) -> Iterator[Comparison]:
    """The declared comparisons of escape in a published table; older tables say neither `at` nor `expect`."""
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["family"] == "declared" and row["counted"] == COUNTED:
                yield Comparison(
                    question=row["asked"] or _levels(row),
                    parts=(_levels(row), *_at(row.get("at") or ""), row["stratum"]),
                    expect=row.get("expect") or "",
                    size=Size(
                        estimate=float(row["difference"]),
                        low=float(row["low"]),
                        high=float(row["high"]),
                        adjusted_p=float(row["adjusted_p"]),
                        pairs=int(row["pairs"]),
                        seeds=int(row["seeds"]),
                        counts=_counts(row),
                        parts=row.get("parts") or "",
                    ),
                )


def _counts(row: Mapping[str, str]) -> tuple[int, int] | None:
    return (int(row["level_count"]), int(row["against_count"])) if "level_count" in row else None


def _unanswered(declared: Sequence[Mapping[str, Any]], found: Sequence[Comparison]) -> list[Comparison]:
    """The declared comparisons that no row of the table answers, in any stratum."""
    known = {(each.question, *each.parts[:-1]) for each in found}
    missing = []
    for contrast in declared:
        at = contrast.get("at") or {}
        parts = (_levels(contrast), *(f"{name}={'|'.join(levels)}" for name, levels in at.items()))
        question, expect = contrast["question"] or _levels(contrast), contrast.get("expect") or ""
        if (question, *parts) not in known:
            missing.append(Comparison(question=question, parts=parts, expect=expect, size=None))
    return missing


def _levels(row: Mapping[str, Any]) -> str:
    return f"{row['factor']} {row['level']} against {row['against']}"


def _at(place: str) -> list[str]:
    return place.split(", ") if place else []


def _claims(found: Sequence[Comparison]) -> tuple[Claim, ...]:
    """The comparisons by question; what all places of a claim share is left out of their names."""
    claims = []
    for question in dict.fromkeys(each.question for each in found):
        own = [each for each in found if each.question == question]
        shared = set.intersection(*(set(each.parts) for each in own)) if len(own) > 1 else set()
        names = [", ".join(part for part in each.parts if part not in shared) for each in own]
        claims.append(Claim(question=question, places=tuple(zip(names, own, strict=True))))
    return tuple(claims)
