"""Correct the verdicts of studies that were analysed several times, each time with more seeds."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ablate.report import comparisons
from ablate.report.text_escaping import markdown
from ablate.report.trial_groups import trial_groups
from ablate.results import study_results
from findings import published, verdicts

ANALYSES: Mapping[str, int] = {
    "loss": 3,
    "rate": 2,
    "activation": 2,
    "optimizer": 3,
    "normalization": 2,
    "bugs": 2,
    "rescue": 3,
    "constant_init": 2,
    "rescue_small_steps": 2,
    "rescue_large_steps": 2,
    "rescue_penalized": 2,
}
"""Study -> how often its comparisons were analysed, each time with more seeds: 20, 40 and 64."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A comparison with a prediction: study, question, levels and place, its verdict as published, and as corrected."""

    study: str
    question: str
    levels: str
    place: str
    plain: verdicts.Verdict
    corrected: verdicts.Verdict


def judged(folder: Path, analyses: int) -> Iterator[Judged]:
    """Yield every answered prediction of a study, with its published verdict and a corrected one.

    The correction is Bonferroni's: each of k analyses has intervals of confidence 1 - 0.05 / k and p-values times k.
    Then the chance of an error in any of them is that of a single analysis.

    Args:
        folder: the study's folder, with published trials.
        analyses: k, at least 1.
    """
    results = study_results.load(folder)
    for group in trial_groups(results):
        if group.aside:
            continue
        plain, _ = comparisons.declared(group, results.study, published.COUNTED)
        confidence = 1 - verdicts.ALPHA / analyses
        wider, _ = comparisons.declared(group, results.study, published.COUNTED, confidence=confidence)
        for one, other in zip(plain.to_dict("records"), wider.to_dict("records"), strict=True):
            if expect := str(one["expect"]):
                yield Judged(
                    study=folder.name,
                    question=str(one["question"]),
                    levels=f"{one['factor']} {one['level']} against {one['against']}",
                    place=", ".join(filter(None, (str(one["at"]), group.title))),
                    plain=_verdict(expect, one, 1),
                    corrected=_verdict(expect, other, analyses),
                )


def _verdict(expect: str, row: Mapping[Hashable, object], analyses: int) -> verdicts.Verdict:
    estimate, low, high, p = (float(str(row[name])) for name in ("estimate", "low", "high", "adjusted_p"))
    return verdicts.verdict(expect, estimate, low, high, min(1.0, analyses * p))


def text(results: Path, analyses: Mapping[str, int] = ANALYSES) -> str:
    """Return a paragraph on the correction, and a line per verdict that it changes; empty without a published study.

    Args:
        results: the folder with the published studies.
        analyses: study -> how often it was analysed.
    """
    comparisons = [
        comparison
        for study, count in analyses.items()
        if _is_published(results / study)
        for comparison in judged(results / study, count)
    ]
    if not comparisons:
        return ""
    changed = [one for one in comparisons if one.plain.outcome != one.corrected.outcome]
    most = max(analyses.values())
    paragraph = (
        f"The studies `{'`, `'.join(analyses)}` were analysed up to {most} times, each time with more seeds. A "
        f"correction for this (Bonferroni: for {most} analyses, intervals of {100 - 5 / most:.1f} % and p-values times "
        f"{most}) changes {len(changed) or 'none'} of the {len(comparisons)} verdicts on their predictions"
    )
    if not changed:
        return paragraph + ".\n"
    lines = (
        f"- {one.study}: {markdown(one.question)} {markdown(one.levels)}, {markdown(one.place)}: {one.plain.words}; "
        f"corrected: {one.corrected.words}.\n"
        for one in changed
    )
    return f"{paragraph}:\n\n{''.join(lines)}"


def _is_published(study: Path) -> bool:
    return (study / "report" / "trials.parquet").is_file() and (study / "report" / "manifest.json").is_file()
