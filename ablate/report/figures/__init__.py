"""The report's figures as functions `plot_x(info, ax) -> Axes`, which draw a record on the axes they are given."""

from __future__ import annotations

from ablate.report.figures.curves import plot_fan, plot_trial
from ablate.report.figures.effects import REST, TERMS, plot_forest, plot_interactions, plot_shares
from ablate.report.figures.rates import plot_heat, plot_states
from ablate.report.figures.search import plot_search
from ablate.report.figures.sets import plot_removal, plot_sets
from ablate.report.figures.time import plot_incidence, plot_numbers_at_risk

__all__ = [
    "REST",
    "TERMS",
    "plot_fan",
    "plot_forest",
    "plot_heat",
    "plot_incidence",
    "plot_interactions",
    "plot_numbers_at_risk",
    "plot_removal",
    "plot_search",
    "plot_sets",
    "plot_shares",
    "plot_states",
    "plot_trial",
]
