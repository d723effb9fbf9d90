"""The section on a search: sufficient sets confirmed on fresh seeds, the Pareto set, and what was not tried."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import make_dataclass
from types import GenericAlias
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter, ValidationError

from ablate.core import filesystem
from ablate.core.study import Json
from ablate.report.figure_data import ArmInfo, SearchInfo
from ablate.report.figures.search import plot_search
from ablate.report.page_parts import Conclusion, Line, Section, Table, TableFile, changes_words, collect, link, table
from ablate.report.pictures import Picture, on_axes
from ablate.report.section_inputs import Inputs
from ablate.results.study_results import SEARCH_FILE


def _record(title: str, **fields: Any) -> Any:
    return make_dataclass(title, fields.items())


def _several(kind: Any) -> Any:
    return GenericAlias(list, (kind,))


_TRIED = {"changes": list[str], "n": int, "escaped": int, "low": float}
_PATCH = {"overrides": list[str], "keras": list[str]}
_CLAIM = _record("Claim", **_TRIED, arm=str, confirmed=bool | None, minimal=bool, **_PATCH)
_COUNTS = {"settings": int, "trials": int, "confirmed": int, "confirmed_at": int | None}
_ARM = _record("Arm", name=str, sampler=str, **_COUNTS, history=list[tuple[int, int, float]])
_UNTRIED = {"settings": int, "tried": int, "pairs": int, "pairs_tried": int, "levels": list[str], "held": list[str]}
ANSWER: TypeAdapter[Any] = TypeAdapter(
    _record(
        "Answer",
        format=Literal[1],
        search=_record("Asked", blocks=list[int], confirm=int, target=float),
        arms=Annotated[_several(_ARM), Field(min_length=1)],
        claims=_several(_CLAIM),
        smallest=_several(_CLAIM),
        pareto=_several(_record("Point", **_TRIED, high=float, median_time=float | None)),
        unexplored=_record("Unexplored", **_UNTRIED),
    )
)
"""Checks the values that the section reads from an answer; other values are allowed."""

CLAIM_COLUMNS = ("changes", "arm", "verdict", "fresh_n", "escaped", "low", "every_smaller_part_tried")
PARETO_COLUMNS = ("changes", "changed", "n", "escaped", "low", "high", "median_time")
VERDICTS = {True: "confirmed", False: "not confirmed", None: "still open"}

TITLE = "What did the search confirm?"

CAPTION = (
    "Best lower bound of an escape rate among the settings tried so far, by trials asked for, of the search and of "
    "random settings. The cross marks the first set confirmed on fresh seeds."
)

CHOSEN = (
    "The search chose settings by their results. So this page shows no rates by level, no differences of levels and no "
    "shares of variance: they would describe its choices, not the levels. Each setting's own rate is optimistic if it "
    "is among the best; the claims above are on seeds that took no part in the choice."
)


def section(inputs: Inputs) -> Section | None:
    """Make the section on a search; None for a study that was not searched. If the answer is damaged, it says so."""
    if not inputs.results.searched:
        return None
    path = inputs.results.folder / SEARCH_FILE
    try:
        answer = _answer(filesystem.read(path), inputs.baseline)
    except ValueError as error:
        why = f"{SEARCH_FILE} is damaged: {error}"
        lead = f"The search cannot be shown, because {why}. Run the search again to write it anew."
        return Section(anchor="search", title=TITLE, lead=lead)
    return _section(answer, inputs.baseline)


def _answer(content: bytes, baseline: Mapping[str, str]) -> Json:
    """Return the answer if it holds everything that the section reads.

    Raises:
        ValueError: a value is missing or wrong; the message names it.
    """
    try:
        ANSWER.validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}") from error
    answer = json.loads(content)
    for row in (*answer["claims"], *answer["smallest"], *answer["pareto"]):
        for change in row["changes"]:
            if change.partition("=")[0] not in baseline or "=" not in change:
                raise ValueError(f"`changes` must be levels of the study's factors, not {change!r:.80}")
    return answer


def _section(answer: Json, baseline: Mapping[str, str]) -> Section:
    asked, claims, pareto = answer["search"], _claims(answer["claims"]), _pareto(answer["pareto"])
    tables = [
        table(_arms(answer["arms"]), "The search and random settings at the same budget"),
        table(claims, "Claims, tested on fresh seeds", links=_links(answer["claims"], baseline)),
        *(_patch(number, claim) for number, claim in enumerate(answer["smallest"], 1)),
        table(
            pareto,
            "No other setting tried is better in all of rate, time and changes",
            links=_links(answer["pareto"], baseline),
            note="These settings were picked by these very rates, which are therefore optimistic. The claims above are "
            "on other seeds.",
        ),
    ]
    lead = (
        f"The sampler {answer['arms'][0]['sampler']} asked for settings as results came, with seeds in blocks of "
        f"{', '.join(map(str, asked['blocks']))}. A set is called sufficient only if the lower bound of its "
        f"escape rate on {asked['confirm']} fresh seeds reaches {asked['target']:g}; all claims of an arm together "
        "hold at 95 %."
    )
    files = (
        TableFile(name="search_claims", caption="Claims of the search, tested on fresh seeds", frame=claims),
        TableFile(name="search_pareto", caption="The Pareto set of the search", frame=pareto),
    )
    confirmed = answer["arms"][0]["confirmed"]
    says = f"The search confirmed {confirmed} sufficient set{'' if confirmed == 1 else 's'} on fresh seeds."
    return collect("search", TITLE, lead, [Conclusion(says), _picture(answer), *tables, *_notes(answer), *files])


def _arms(arms: Sequence[Json]) -> pd.DataFrame:
    firsts = ["none" if arm["confirmed_at"] is None else f"{arm['confirmed_at']:,}" for arm in arms]
    frame = pd.DataFrame(arms)[["name", "sampler", "settings", "trials", "confirmed"]]
    return frame.rename(columns={"name": "arm", "confirmed": "confirmed_sets"}).assign(trials_to_the_first=firsts)


def _claims(claims: Sequence[Json]) -> pd.DataFrame:
    rows = []
    for claim in claims:
        minimal = "yes" if claim["minimal"] else "no"
        head = (changes_words(claim["changes"]), claim["arm"], VERDICTS[claim["confirmed"]])
        rows.append((*head, claim["n"], claim["escaped"], claim["low"], minimal))
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


def _pareto(points: Sequence[Json]) -> pd.DataFrame:
    rows = []
    for point in points:
        time = np.nan if point["median_time"] is None else point["median_time"]
        head = (changes_words(point["changes"]), len(point["changes"]), point["n"], point["escaped"])
        rows.append((*head, point["low"], point["high"], time))
    return pd.DataFrame(rows, columns=list(PARETO_COLUMNS))


def _links(rows: Sequence[Json], baseline: Mapping[str, str]) -> list[str]:
    """Return, per row, the filter that shows its trials: its changes, and the baseline's levels elsewhere."""
    changed = sorted({change.split("=", 1)[0] for row in rows for change in row["changes"]})
    base = {name: baseline[name] for name in changed}
    return [link(*(base | dict(change.split("=", 1) for change in row["changes"])).items()) for row in rows]


def _patch(number: int, claim: Json) -> Table:
    """Return a confirmed set as overrides to type and as lines of Keras to write."""
    lines = [f"overrides: {' '.join(claim['overrides'])}", *claim["keras"]]
    title = f"Patch {number}: {changes_words(claim['changes'])}"
    return Table(title=title, columns=("to apply it",), rows=tuple(Line(cells=(line,)) for line in lines))


def _picture(answer: Json) -> Picture:
    arms = tuple(
        ArmInfo(
            label=f"{arm['name']} ({arm['sampler']})",
            trials=np.array([0, *(trials for trials, _, _ in arm["history"])]),
            best=np.array([0.0, *(best for _, _, best in arm["history"])]),
            confirmed_at=arm["confirmed_at"],
        )
        for arm in answer["arms"]
    )
    info = SearchInfo(title="Best setting so far", target=answer["search"]["target"], arms=arms)
    return Picture(name="search", caption=CAPTION, size=(4.9, 3.2), draw=on_axes(plot_search, info))


def _notes(answer: Json) -> list[str]:
    counts = answer["unexplored"]
    settings, pairs = counts["settings"] - counts["tried"], counts["pairs"] - counts["pairs_tried"]
    untried = f"{settings:,} of {counts['settings']:,} settings were not tried"
    notes = [f"Not explored: {untried}, and {pairs:,} of {counts['pairs']:,} pairs of levels never met."]
    if counts["levels"]:
        notes.append(f"Levels that were never tried: {', '.join(counts['levels'])}.")
    if counts["held"]:
        notes.append(f"Held at the baseline: {', '.join(counts['held'])}.")
    if not answer["smallest"]:
        notes.append("No set was confirmed. A sufficient set may still exist among the settings that were not tried.")
    return [*notes, CHOSEN]
