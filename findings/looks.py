"""What the verdicts owe to studies having been looked at more than once, and given more seeds where undecided."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ablate.report import effects
from ablate.report.strata import strata
from ablate.report.text_escaping import markdown
from ablate.results import study_results as ablate_results
from findings import published, verdicts

LOOKS: Mapping[str, int] = {
    "loss": 3,
    "rate": 2,
    "activation": 2,
    "optimizer": 3,
    "normalization": 2,
    "bugs": 2,
    "rescue": 3,
}
"""How often a study's comparisons were published, each time with more seeds: 20, 40 and 64."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One comparison of a study with a prediction: its question and place, its verdict, and the corrected one."""

    study: str
    question: str
    place: str
    plain: verdicts.Verdict
    corrected: verdicts.Verdict


def judged(folder: Path, looks: int) -> Iterator[Judged]:
    """Every answered prediction of a study, as published and at a level that so many looks share.

    Bonferroni: of k looks each has intervals of 1 - 0.05 / k and its p-values times k, so that all k together are wrong
    as often as one is said to be.

    Args:
        folder: the study's, with published trials.
        looks: k, at least 1.
    """
    found = ablate_results.load(folder)
    for stratum in strata(found):
        if stratum.aside:
            continue
        plain, _ = effects.declared(stratum, found.study, published.COUNTED)
        wider, _ = effects.declared(stratum, found.study, published.COUNTED, confidence=1 - verdicts.ALPHA / looks)
        for one, other in zip(plain.to_dict("records"), wider.to_dict("records"), strict=True):
            if expect := str(one["expect"]):
                yield Judged(
                    study=folder.name,
                    question=str(one["question"]),
                    place=", ".join(filter(None, (str(one["at"]), stratum.title))),
                    plain=_verdict(expect, one, 1),
                    corrected=_verdict(expect, other, looks),
                )


def _verdict(expect: str, row: Mapping[Hashable, object], looks: int) -> verdicts.Verdict:
    estimate, low, high, p = (float(str(row[name])) for name in ("estimate", "low", "high", "adjusted_p"))
    return verdicts.verdict(expect, estimate, low, high, min(1.0, looks * p))


def text(results: Path, looks: Mapping[str, int] = LOOKS) -> str:
    """One paragraph and, where the looks decide, a line a verdict; empty if none of these studies is published."""
    found = [
        each for study, count in looks.items() if _there(results / study) for each in judged(results / study, count)
    ]
    if not found:
        return ""
    other = [each for each in found if each.plain.outcome != each.corrected.outcome]
    most = max(looks.values())
    said = (
        f"`{'`, `'.join(looks)}` were looked at up to {most} times, with more seeds each time. At a level that the "
        f"looks of a study share (Bonferroni: intervals of {100 - 5 / most:.1f} % and p-values times {most} for {most} "
        f"looks) {len(other) or 'none'} of the {len(found)} verdicts on their predictions would be another"
    )
    if not other:
        return said + ".\n"
    lines = (
        f"- {each.study}: {markdown(each.question)} {markdown(each.place)}: {each.plain.words}; corrected, "
        f"{each.corrected.words}.\n"
        for each in other
    )
    return f"{said}:\n\n{''.join(lines)}"


def _there(study: Path) -> bool:
    return (study / "report" / "trials.parquet").is_file() and (study / "report" / "manifest.json").is_file()
