"""Draw the report's figures as matplotlib figures.

`ablate.plots.glance(ablate.load("blog"))` is one figure. The other functions return figures by the names that the
report gives them; `trial` draws one trial.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ablate.report.luck import Luck
    from ablate.report.page_parts import Section
    from ablate.report.pictures import Figure, Picture
    from ablate.report.rate_finder import RateFinder
    from ablate.report.section_inputs import Inputs
    from ablate.results.study_results import Results

__all__ = [
    "effects",
    "glance",
    "heats",
    "importance",
    "levels",
    "luck",
    "odds",
    "rates",
    "search",
    "sets",
    "time",
    "training",
    "trial",
]


def glance(results: Results) -> Figure:
    """Draw the figure at the top of the report: how trials ended, with each remedy alone or by level."""
    from ablate.report import pictures
    from ablate.report.sections import rates

    return pictures.figure(rates.glance(_inputs(results)))


def heats(results: Results) -> dict[str, Figure]:
    """Draw escape and collapse rates over the two factors whose levels differ most."""
    from ablate.report.sections import rates

    return _figures(rates.heats(_inputs(results)))


def levels(results: Results) -> dict[str, Figure]:
    """Draw how trials ended, by level of each factor."""
    return _section(results, "rates")


def sets(results: Results) -> dict[str, Figure]:
    """Draw the smallest sufficient remedy sets, and the cost of each removal."""
    return _section(results, "sets")


def effects(results: Results) -> dict[str, Figure]:
    """Draw the paired differences of escape and collapse rates: declared contrasts, and every level."""
    return _section(results, "effects")


def odds(results: Results) -> dict[str, Figure]:
    """Draw the odds ratios of escape of an incomplete grid; return no figure for a full grid."""
    return _section(results, "odds")


def importance(results: Results) -> dict[str, Figure]:
    """Draw the shares of variance by factor and pair of factors."""
    return _section(results, "importance")


def time(results: Results) -> dict[str, Figure]:
    """Draw how soon trials escape and fall back, by factor; return no figure if the results hold no curves."""
    return _section(results, "time")


def training(results: Results) -> dict[str, Figure]:
    """Draw training curves by state and by level; return no figure if the results hold no curves."""
    return _section(results, "training")


def search(results: Results) -> dict[str, Figure]:
    """Draw how a search went; return no figure for a study that was not searched."""
    return _section(results, "search")


def rates(answer: RateFinder) -> Figure:
    """Draw the answer of `ablate.rates`: escape, collapse and accuracy over the learning rate."""
    from ablate.report import pictures

    return pictures.figure(answer.picture())


def luck(answer: Luck) -> Figure:
    """Draw the answer of `ablate.luck`: the accuracy at the end of every trial."""
    from ablate.report import pictures

    return pictures.figure(answer.picture())


def trial(results: Results, key: str) -> Figure:
    """Draw the curves of one trial.

    Args:
        results: the study's results.
        key: the trial's id.

    Raises:
        ConfigError: the study has no such trial, or only the trial's state is stored.
    """
    from ablate.core.errors import ConfigError
    from ablate.report.trial import trial_figure

    _check(results)
    rows = results.trials[results.trials["id"] == key]
    if not len(rows):
        raise ConfigError(f"No trial in {results.folder} has the id {key!r}: take one from `results.trials['id']`.")
    curves = results.curves([key]).get(key)
    if curves is None:
        raise ConfigError(
            f"Trial {key} in {results.folder} has only its state, no curves: `ablate sweep` trains the study anew."
        )
    names = [f"{name}={rows[name].iloc[0]}" for name in results.varying]
    return trial_figure(curves, str(rows["state"].iloc[0]), " ".join(names))


def _check(results: object) -> None:
    from ablate.core.errors import ConfigError
    from ablate.results.study_results import Results

    if not isinstance(results, Results):
        raise ConfigError(f"Give results, as `ablate.load('blog')` returns them. Received: {results!r:.80}.")


def _inputs(results: Results, signals: Sequence[str] = ()) -> Inputs:
    """Return what the report's sections are drawn from."""
    from ablate.report.section_inputs import section_inputs

    _check(results)
    return section_inputs(results, signals)


def _section(results: Results, name: str) -> dict[str, Figure]:
    """Draw the figures of one section of the report; none if the study has no such section."""
    from ablate.report.signals import SIGNALS

    module = importlib.import_module(f"ablate.report.sections.{name}")
    section: Section | None = module.section(_inputs(results, SIGNALS if name == "training" else ()))
    return _figures(section.pictures if section is not None else ())


def _figures(pictures: Iterable[Picture]) -> dict[str, Figure]:
    from ablate.report.pictures import figure

    return {picture.name: figure(picture) for picture in pictures}
