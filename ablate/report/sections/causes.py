"""Which plateau the trials at chance are on, and in which settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ablate.report import causes as read
from ablate.report.page_parts import Grid, Part, grid, link, setting_words
from ablate.report.sections.section_inputs import Material
from ablate.report.strata import Stratum
from ablate.stats.causes import NAMES

SETTINGS = 40
"""So many settings are listed on the page, those with most trials at chance; the table beside it has all."""

LEAD = (
    "What the signals of the trials that ended at chance say about why, with n and Wilson intervals per state; then "
    "setting by setting, in the words of ablate's docs/guide.md, which says what to try."
)


def plateaus(material: Material, endings: pd.DataFrame) -> Part:
    """Which plateau the trials at chance are on, by the fingerprints in `ablate.report.causes.endings`."""
    if not material.results.complete:
        return Part(anchor="plateau", title="Which plateau", lead="Curves are in the shards, which are not here.")
    grids, states, settings, notes = [], [], [], []
    for stratum in material.strata:
        by_state, note = read.table(endings, stratum)
        notes.append(note)
        if not len(by_state):
            continue
        states.append(by_state)
        links = [link(*stratum.within, ("state", state)) for state in by_state["state"]]
        grids.append(grid(by_state.drop(columns="stratum"), f"{stratum.title}: fingerprints", links=links))
        own = read.by_setting(endings, stratum)
        if len(own):
            settings.append(own.assign(stratum=stratum.title))
            grids.append(_settings(own, stratum, material.baseline))
    files = (
        ("plateaus", "Which plateau: fingerprints of the trials that ended at chance", _together(states)),
        ("sights", "Settings with trials at chance, and how many look like which plateau", _together(settings)),
    )
    return Part(
        anchor="plateau",
        title="Which plateau",
        lead=LEAD if grids or any(notes) else "No trial ended at chance.",
        tables=tuple(grids),
        notes=tuple(dict.fromkeys(filter(None, notes))),
        files=files,
    )


def _settings(own: pd.DataFrame, stratum: Stratum, baseline: Mapping[str, str]) -> Grid:
    """The page's table: a setting by what it changes, and how its trials at chance look."""
    names = list(stratum.varying)
    levels = [dict(zip(names, each, strict=True)) for each in own[names].itertuples(index=False, name=None)]
    shown = own.drop(columns=names)
    shown.insert(0, "setting", [setting_words(each, baseline) for each in levels])
    links = [link(*stratum.within, *each.items()) for each in levels]
    return grid(shown, f"{stratum.title}: settings with trials at chance", links=links, limit=SETTINGS)


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table; counts stay whole numbers where another stratum has no such column."""
    if not frames:
        return pd.DataFrame()
    whole = pd.concat(frames, ignore_index=True)
    return whole.astype({name: "Int64" for name in NAMES if name in whole})
