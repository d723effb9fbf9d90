"""What a search found: sufficient sets confirmed on fresh seeds, the Pareto set, and what nobody tried."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ablate.core import filesystem
from ablate.core.study import Json
from ablate.report import figures
from ablate.report.figure_data import Progressed, SearchInfo
from ablate.report.page_parts import Grid, Line, Part, grid, link
from ablate.report.pictures import Picture, single
from ablate.report.sections.section_inputs import Material

FILE = "search.json"
"""The answer of `ablate search`, in the study's folder."""

FORMAT = 1


def search(material: Material) -> Part | None:
    """The search's own section; None for a study that was not searched."""
    answer = _answer(material.results.folder)
    if answer is None:
        return None
    claims, pareto = _claims(answer), _pareto(answer)
    asked, baseline = answer["search"], material.baseline
    tables = [
        grid(_arms(answer), "The search and random settings at the same budget"),
        grid(claims, "Claims, tested on fresh seeds", links=_links(answer["claims"], baseline)),
        *(_patch(number, each) for number, each in enumerate(answer["smallest"], 1)),
        grid(
            pareto,
            "No other setting tried is better in all of rate, time and changes",
            links=_links(answer["pareto"], baseline),
            note="Picked by these very numbers, so the rates are optimistic; claims above are on other seeds.",
        ),
    ]
    lead = (
        f"Settings were asked for by {_sampler(answer)} as results came, with seeds in blocks of "
        f"{', '.join(map(str, asked['blocks']))}. A set is called sufficient only when {asked['confirm']} fresh seeds "
        f"bound its escape rate from below at {asked['target']:g}; all claims of an arm together hold at 95 %."
    )
    return Part(
        anchor="search",
        title="Search",
        lead=lead,
        pictures=(_picture(answer),),
        tables=tuple(tables),
        notes=_notes(answer),
        files=(
            ("search_claims", "Claims of the search, tested on fresh seeds", claims),
            ("search_pareto", "The Pareto set of the search", pareto),
        ),
    )


def _answer(folder: filesystem.Place) -> Json | None:
    """The stored answer; None if there is none that can be read."""
    place = folder / FILE
    if not filesystem.is_file(place):
        return None
    try:
        found = json.loads(filesystem.read(place).decode())
    except ValueError:
        return None
    return found if isinstance(found, Mapping) and found.get("format") == FORMAT else None


def _sampler(answer: Json) -> str:
    return str(answer["arms"][0]["sampler"])


def _arms(answer: Json) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "arm": arm["name"],
                "sampler": arm["sampler"],
                "settings": arm["settings"],
                "trials": arm["trials"],
                "confirmed_sets": arm["confirmed"],
                "trials_to_the_first": "none" if arm["confirmed_at"] is None else f"{arm['confirmed_at']:,}",
            }
            for arm in answer["arms"]
        ]
    )


def _claims(answer: Json) -> pd.DataFrame:
    words = {True: "confirmed", False: "not confirmed", None: "still open"}
    columns = ["changes", "arm", "verdict", "fresh_n", "escaped", "low", "every_smaller_part_tried"]
    rows = [
        {
            "changes": _words(each["changes"]),
            "arm": each["arm"],
            "verdict": words[each["confirmed"]],
            "fresh_n": each["n"],
            "escaped": each["escaped"],
            "low": each["low"],
            "every_smaller_part_tried": "yes" if each["minimal"] else "no",
        }
        for each in answer["claims"]
    ]
    return pd.DataFrame(rows, columns=columns)


def _pareto(answer: Json) -> pd.DataFrame:
    columns = ["changes", "changed", "n", "escaped", "low", "high", "median_time"]
    rows = [
        {
            "changes": _words(each["changes"]),
            "changed": len(each["changes"]),
            "n": each["n"],
            "escaped": each["escaped"],
            "low": each["low"],
            "high": each["high"],
            "median_time": np.nan if each["median_time"] is None else each["median_time"],
        }
        for each in answer["pareto"]
    ]
    return pd.DataFrame(rows, columns=columns)


def _words(changes: Sequence[str]) -> str:
    return ", ".join(changes) or "the baseline"


def _links(found: Sequence[Json], baseline: Mapping[str, str]) -> list[str]:
    """To the trials behind each row: the levels of what it changes, the baseline's elsewhere."""
    changed = sorted({each.split("=", 1)[0] for one in found for each in one["changes"]})
    base = {name: baseline[name] for name in changed}
    return [link(*(base | dict(each.split("=", 1) for each in one["changes"])).items()) for one in found]


def _patch(number: int, each: Json) -> Grid:
    """A confirmed set as what to type, and as what to write in a program."""
    lines = [f"overrides: {' '.join(each['overrides'])}", *each["keras"]]
    title = f"Patch {number}: {_words(each['changes'])}"
    return Grid(title=title, columns=("to apply it",), rows=tuple(Line(cells=(line,)) for line in lines))


def _picture(answer: Json) -> Picture:
    info = SearchInfo(
        title="Best setting so far",
        target=answer["search"]["target"],
        arms=tuple(
            Progressed(
                label=f"{arm['name']} ({arm['sampler']})",
                trials=np.array([0, *(trials for trials, _, _ in arm["history"])]),
                best=np.array([0.0, *(best for _, _, best in arm["history"])]),
                confirmed_at=arm["confirmed_at"],
            )
            for arm in answer["arms"]
        ),
    )
    caption = (
        "Best lower bound of an escape rate among the settings tried so far, by trials asked for, of the search and of "
        "random settings. The cross marks the first set confirmed on fresh seeds."
    )
    return Picture(name="search", caption=caption, size=(7.2, 3.4), draw=single(figures.plot_search, info))


def _notes(answer: Json) -> tuple[str, ...]:
    found = answer["unexplored"]
    settings, pairs = found["settings"] - found["tried"], found["pairs"] - found["pairs_tried"]
    untried = f"{settings:,} of {found['settings']:,} settings were not tried"
    notes = [f"Not explored: {untried}, and {pairs:,} of {found['pairs']:,} pairs of levels never met."]
    if found["levels"]:
        notes.append(f"Levels that were never tried: {', '.join(found['levels'])}.")
    if found["held"]:
        notes.append(f"Held at the baseline: {', '.join(found['held'])}.")
    if not answer["smallest"]:
        notes.append("No set was confirmed. That none is there does not follow.")
    notes.append(
        "Settings were chosen by their results: rates over all trials of a level elsewhere on this page are of the "
        "settings that the search liked, not of a balanced design."
    )
    return tuple(notes)
