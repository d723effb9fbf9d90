"""The page itself: the first screen, the sections, and one self-contained file of HTML."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from markupsafe import Markup

from ablate.core.study import Json
from ablate.report import explorer_data, provenance, verdict
from ablate.report.page_parts import STATES, Grid, Line, Part
from ablate.report.pictures import Shown
from ablate.report.sections import Material

LIMIT = 5 * 1024 * 1024
"""The page is never larger."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Page:
    """What the template is filled with."""

    name: str
    question: str
    verdict: Sequence[str]
    progress: str
    notes: Sequence[str]
    glance: Shown | None
    undecided: Sequence[Line]
    stamp: str
    nav: Sequence[tuple[str, str]]
    target: str
    states: Sequence[tuple[str, str]]
    heats: Sequence[Shown]
    parts: Sequence[Mapping[str, object]]
    provenance: Sequence[tuple[str, str]]
    trials: str
    data: Mapping[str, Any]


def page(
    material: Material,
    glance: Shown | None,
    heats: Sequence[Shown],
    parts: Sequence[tuple[Part, Sequence[Shown]]],
    maps: Sequence[Json],
) -> Page:
    """The page of a study, its pictures drawn and its rates over any two factors at hand."""
    results = material.results
    said: list[str] = []
    open_rows: list[Line] = []
    keys = list(material.settings.columns)[: list(material.settings.columns).index("n")]
    for stratum in material.strata:
        own, names = material.of(stratum), list(stratum.varying)
        if not names:
            continue
        said += verdict.sentences(own, names, material.baseline, material.claim, stratum.title)
        open_rows += verdict.undecided(own, names, keys, material.baseline, material.claim)
    nav = [("glance", "At a glance"), ("settings", "Settings"), ("heat", "Two factors")]
    nav += [(part.anchor, part.title) for part, _ in parts] + [("provenance", "Provenance")]
    asked = provenance.planned(results)
    return Page(
        name=results.study.name,
        question=results.study.question,
        verdict=said or ["Nothing varies in this study: there is one setting."],
        progress=provenance.progress(results, asked),
        notes=provenance.notes(results, asked),
        glance=glance,
        undecided=open_rows,
        stamp=provenance.stamp(results),
        nav=nav,
        target=f"{material.claim.target:g}",
        states=list(STATES.items()),
        heats=heats,
        parts=[_part(part, shown) for part, shown in parts],
        provenance=provenance.table(results, asked),
        trials="../parts/" if results.parts else "trials.parquet",
        data=explorer_data.page_data(results, material.settings, maps, material.claim.target),
    )


def _part(part: Part, shown: Sequence[Shown]) -> dict[str, object]:
    tables: Sequence[Grid] = part.tables
    return {
        "anchor": part.anchor,
        "title": part.title,
        "lead": part.lead,
        "picker": part.picker,
        "figures": shown,
        "tables": tables,
        "notes": part.notes,
    }


def html(content: Page, *, refresh: int = 0) -> str:
    """The page as text; with `refresh`, a browser loads it again after so many seconds."""
    script = template("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return render(
        "report.html.j2",
        page=content,
        css=own("page.css"),
        script=own("page.js"),
        script_hash=digest,
        refresh=refresh,
    )


def render(name: str, **values: object) -> str:
    """A template filled in; whatever is not Markup is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("ablate.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": True}
    return environment.get_template(name).render(**values)


def own(name: str) -> Markup:
    """A file of the package's templates that goes into a page as it is."""
    return Markup(template(name))  # noqa: S704


def template(name: str) -> str:
    """A file of the package's templates."""
    return (resources.files("ablate.report") / "templates" / name).read_text(encoding="utf-8")
