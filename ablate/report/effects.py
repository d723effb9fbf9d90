"""Paired differences as records to draw and tables to read: declared contrasts and a screen of every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.remedies.start import START
from ablate.report.figure_data import Difference, ForestInfo
from ablate.report.strata import Stratum
from ablate.stats import families

CORRECTIONS = {"holm": "Holm", "fdr_bh": "Benjamini-Hochberg"}
WHAT = {"escaped": "escape", "collapsed": "collapse"}
APART = (START, "start_state")
"""What tells the strata apart."""

ROWS = 40
"""So many differences fit one picture."""


def declared(stratum: Stratum, study: Study, state: str, confidence: float = 0.95) -> tuple[pd.DataFrame, list[str]]:
    """The declared contrasts, corrected by Holm, and a sentence for each that has no pair of trials yet."""
    frames, missing, usable = [], [], []
    names = list(stratum.varying)
    for contrast in study.contrasts:
        if not _here(stratum, contrast.at):
            continue
        try:
            if contrast.factor not in names:
                raise ConfigError(f"`{contrast.factor}` does not vary here.")
            families.declared(stratum.trials, names, [contrast], state=state)
            usable.append(contrast)
        except ConfigError as error:
            missing.append(
                f"Declared, not answered: {contrast.factor}: {contrast.level} against {contrast.against}. {error}"
            )
    if usable:
        frames.append(families.declared(stratum.trials, names, usable, state=state, confidence=confidence))
    return (frames[0] if frames else pd.DataFrame()), missing


def _here(stratum: Stratum, at: Mapping[str, Sequence[str]]) -> bool:
    """Whether a contrast that says where trials start says so of these."""
    within = dict(stratum.within)
    return all(within.get(name, levels[0]) in levels for name, levels in at.items() if name in APART)


def screen(stratum: Stratum, baseline: Mapping[str, str], state: str) -> pd.DataFrame:
    """Every level against its factor's baseline level, corrected by Benjamini-Hochberg."""
    if not stratum.varying:
        return pd.DataFrame()
    return families.screen(stratum.trials, list(stratum.varying), baseline, state=state)


def forest(frame: pd.DataFrame, title: str, state: str) -> ForestInfo:
    """The table's rows as a forest plot's record."""
    rows = tuple(
        Difference(
            factor=str(row["factor"]),
            level=str(row["level"]),
            against=str(row["against"]),
            difference=float(row["estimate"]),
            low=float(row["low"]),
            high=float(row["high"]),
            pairs=int(row["pairs"]),
            p=float(row["p"]),
            p_corrected=float(row["adjusted_p"]),
            correction=CORRECTIONS[str(row["correction"])],
            shares=str(row["shares"]),
            question=str(row.get("question", "")),
            at=str(row.get("at", "")),
        )
        for row in frame.head(ROWS).to_dict(orient="records")
    )
    return ForestInfo(title=title, what=WHAT[state], differences=rows)


def readable(frame: pd.DataFrame, question: str, state: str) -> pd.DataFrame:
    """The columns people read, with the stratum they belong to."""
    if not len(frame):
        return frame
    shown = frame.assign(
        question=question, counted=state, family=frame["family"], correction=frame["correction"].map(CORRECTIONS)
    )
    asked = frame["question"] if "question" in frame else pd.Series([""] * len(frame), index=frame.index)
    columns = [
        "counted",
        "family",
        "correction",
        "factor",
        "level",
        "against",
        "estimate",
        "low",
        "high",
        "p",
        "adjusted_p",
    ]
    columns += ["pairs", "seeds", "level_count", "against_count", "gained", "lost", "method", "shares", "parts"]
    result = shown[["question", *columns]].rename(columns={"question": "stratum", "estimate": "difference"})
    result = result.assign(asked=asked.fillna("").astype(str))
    places = {name: frame[name].astype(str) for name in ("at", "expect") if name in frame}
    return result.assign(**places)
