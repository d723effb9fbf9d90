"""Draw the report's pictures as matplotlib figures.

import ablate

results = ablate.load("blog")
ablate.plots.glance(results)                      # one figure
ablate.plots.heats(results)["heat-escape"]        # figures by the names that the report's files have
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ablate.report.page_parts import Part
    from ablate.report.pictures import Figure, Picture
    from ablate.report.sections import Material
    from ablate.results.study_results import Results

__all__ = [
    "effects",
    "glance",
    "heats",
    "importance",
    "levels",
    "odds",
    "search",
    "sets",
    "time",
    "training",
    "trial",
]


def glance(results: Results) -> Figure:
    """Draw the picture at the top of the report: how trials ended, with each remedy alone or by level."""
    from ablate.report import folder, pictures, sections

    return pictures.figure(sections.glance(folder.material(results, ())))


def heats(results: Results) -> dict[str, Figure]:
    """Draw escape and collapse rates over the two factors that matter most."""
    from ablate.report import folder, sections

    return _figures(sections.heats(folder.material(results, ())))


def levels(results: Results) -> dict[str, Figure]:
    """Draw how trials ended, by level of each factor."""
    from ablate.report import sections

    return _section(results, sections.level_rates)


def sets(results: Results) -> dict[str, Figure]:
    """Draw the smallest sufficient remedy sets, and what each removal costs."""
    from ablate.report import sections

    return _section(results, sections.remedies)


def effects(results: Results) -> dict[str, Figure]:
    """Draw the paired differences of escape and collapse rates, declared contrasts and screen."""
    from ablate.report import sections

    return _section(results, sections.contrasts)


def odds(results: Results) -> dict[str, Figure]:
    """Draw the odds ratios of escape of an incomplete grid; nothing for a full one."""
    from ablate.report import sections

    return _section(results, sections.odds_ratios)


def importance(results: Results) -> dict[str, Figure]:
    """Draw the shares of variance by factor and pair of factors."""
    from ablate.report import sections

    return _section(results, sections.importance)


def time(results: Results) -> dict[str, Figure]:
    """Draw how soon trials escape and fall back, by factor; nothing where curves were not published."""
    from ablate.report import sections

    return _section(results, sections.time)


def training(results: Results) -> dict[str, Figure]:
    """Draw training curves by state and by level; nothing where curves were not published."""
    from ablate.report import sections
    from ablate.report.fans import SIGNALS

    return _section(results, sections.training, SIGNALS)


def search(results: Results) -> dict[str, Figure]:
    """Draw how a search went; nothing for a study that was not searched."""
    from ablate.report import sections

    return _section(results, sections.search)


def trial(results: Results, key: str) -> Figure:
    """Draw the curves of one trial.

    Args:
        results: the study's results.
        key: the trial's id.

    Raises:
        ConfigError: the study has no such trial, or its curves were not published.
    """
    from ablate.core.errors import ConfigError
    from ablate.report.trial import trial_figure

    rows = results.trials[results.trials["id"] == key]
    curves = results.curves([key]).get(key) if len(rows) else None
    if curves is None:
        raise ConfigError(f"There must be curves of the trial in {results.folder}. Received: {key!r}.")
    names = [f"{name}={rows[name].iloc[0]}" for name in results.varying]
    return trial_figure(curves, str(rows["state"].iloc[0]), " ".join(names))


def _section(
    results: Results, section: Callable[[Material], Part | None], signals: Sequence[str] = ()
) -> dict[str, Figure]:
    from ablate.report import folder

    part = section(folder.material(results, signals))
    return _figures(part.pictures if part is not None else ())


def _figures(pictures: Iterable[Picture]) -> dict[str, Figure]:
    from ablate.report.pictures import figure

    return {picture.name: figure(picture) for picture in pictures}
