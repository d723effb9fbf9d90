"""The page: one self-contained HTML file with the first screen, the sections and their figures."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ablate.core.study import Json
from ablate.report import explorer_data, headline, heat, packing, provenance, verdict
from ablate.report.charts import LineChart
from ablate.report.page_parts import STATES, Section
from ablate.report.pictures import Drawn
from ablate.report.remedy_rows import RemedyTable
from ablate.report.section_inputs import Inputs
from ablate.report.style import decimal, percent
from ablate.results import settings_table, status
from ablate.stats import claims, seed_spending

LIMIT = 3 * 1024 * 1024
"""The largest page, in bytes, packed."""

BARS = 14
"""The most remedies in the picture of the first screen: the best of each factor."""

FIRST = 5
"""The remedies of a table that a phone shows before the reader asks for all."""

TIERS = (
    (claims.SUFFICIENT, "enough", "Enough: the lower bound of the escape rate reaches the target"),
    (claims.UNDECIDED, "undecided", "Undecided: more seeds are needed"),
    (claims.INSUFFICIENT, "not enough", "Not enough: the upper bound stays below the target"),
)
"""Verdict, its words, and its heading in the table of remedies."""

NO_TRIALS = "Single trials and their curves are left out of this page, which must stay under 3 MB."
NO_TRAINING = (
    "Training curves are left out of this page, which must stay under 3 MB. `ablate report STUDY --formats svg` writes "
    "every figure into figures/."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Content:
    """What a page shows.

    Attributes:
        inputs: what its sections are made from.
        glance: the figure of the baseline and its single remedies.
        remedies: the same as records, for the first two screens.
        heats: the heat maps.
        sections: the sections in their order, each with its figures.
        ends: the trials' last signals with their causes; None if they were not read.
        formats: the formats of files beside the page, other than CSV.
    """

    inputs: Inputs
    glance: Drawn
    remedies: RemedyTable
    heats: Sequence[Drawn]
    sections: Sequence[tuple[Section, Sequence[Drawn]]]
    ends: pd.DataFrame | None = None
    formats: Sequence[str] = ()


def html(content: Content, *, refresh: int = 0) -> str:
    """Return the page; if it is larger than LIMIT, leave out single trials, and then training curves.

    Args:
        content: what it shows.
        refresh: seconds after which a browser loads the page again; never if 0.
    """
    inputs = content.inputs
    judged = [group for group in inputs.groups if group.varying]
    verdicts = [sentence for group in judged for sentence in verdict.sentences(inputs, group)]
    values: dict[str, Any] = {
        "content": content,
        "results": inputs.results,
        "headline": headline.headline(inputs, content.remedies),
        "facts": headline.facts(content.remedies),
        "worthless": headline.worthless(content.remedies),
        "in_keras": headline.in_keras(inputs, content.remedies),
        "brackets": headline.brackets(inputs),
        "explored": headline.explored(inputs),
        "two_factors": headline.two_factors(inputs),
        "verdict": verdicts or ["Nothing varies in this study: there is one setting."],
        "undecided": [line for group in judged for line in verdict.undecided(inputs, group)],
        "progress": status.progress(inputs.results),
        "warnings": status.notes(inputs.results),
        "notes": provenance.notes(inputs),
        "stamp": provenance.stamp(inputs.results),
        "provenance": provenance.table(inputs),
        "refused": _refused(inputs),
        "interval": seed_spending.interval(inputs.results.study)[1],
        "states": {state: what for state, what in STATES.items() if (inputs.results.trials["state"] == state).any()},
        "tiers": TIERS,
        "bars": BARS,
        "first": FIRST,
        "data": {
            **explorer_data.page_data(
                inputs, [heat.page_blocks(group, refused=_refused(inputs)) for group in inputs.groups], content.ends
            ),
            "lines": _lines(content.sections),
        },
        "refresh": refresh,
    }
    text = _filled(**values)
    if _size(text) > LIMIT:
        values["data"] |= {"details": {}, "causes": {}, "omitted": NO_TRIALS}
        text = _filled(**values)
    if _size(text) > LIMIT:
        kept = [(section, [] if section.anchor == "training" else drawn) for section, drawn in content.sections]
        values["notes"] = [*values["notes"], NO_TRAINING]
        values["data"] |= {"lines": _lines(kept)}
        text = _filled(**{**values, "content": replace(content, sections=kept)})
    return text


def _lines(sections: Sequence[tuple[Section, Sequence[Drawn]]]) -> dict[str, Json]:
    """Return the data of the charts of lines, by picture."""
    pictures = [drawn.picture for _, some in sections for drawn in some]
    return {picture.name: picture.chart.data for picture in pictures if isinstance(picture.chart, LineChart)}


def _size(text: str) -> int:
    """Return the bytes of a page as it is written; packing is left out where it cannot matter."""
    size = len(text.encode())
    return size if size <= LIMIT else len(packing.pack(text).encode())


def _refused(inputs: Inputs) -> str:
    """Say why the page pools no rate over settings; empty if it does."""
    return settings_table.CHOSEN if inputs.results.searched else ""


def _filled(**values: object) -> str:
    script = template("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return render("report.html.j2", script=Markup(script), script_hash=digest, **values)  # noqa: S704


def render(name: str, **values: object) -> str:
    """Fill in a template; values other than Markup are escaped.

    Args:
        name: the template's file name.
        values: what it shows.
    """
    environment = Environment(
        loader=PackageLoader("ablate.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"decimal": decimal, "percent": percent}
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": True}
    return environment.get_template(name).render(css=Markup(template("page.css")), **values)  # noqa: S704


def template(name: str) -> str:
    """Return the text of a file of the templates."""
    return (resources.files("ablate.report") / "templates" / name).read_text(encoding="utf-8")
