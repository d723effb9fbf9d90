from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ablate.report.figure_data import Curve, IncidenceInfo
from ablate.report.figures.time import plot_incidence, plot_numbers_at_risk
from ablate.report.style import OKABE_ITO


def incidence(curves: int = 1) -> IncidenceInfo:
    curve = Curve(
        label="fused",
        position=2,
        n=20,
        steps=np.array([0.0, 100.0, 200.0]),
        value=np.array([0.0, 0.5, 0.9]),
        low=np.array([0.0, 0.3, 0.7]),
        high=np.array([0.1, 0.7, 1.0]),
        at_risk=np.array([20, 10, 2]),
        competing=np.array([0.0, 0.05, 0.1]),
    )
    return IncidenceInfo(title="t", factor="loss", event="escape", curves=(curve,) * curves)


def test_incidence_draws_the_curve_its_band_and_the_competing_event() -> None:
    ax = plot_incidence(incidence(), Figure().subplots())
    assert [list(line.get_ydata()) for line in ax.lines] == [[0.0, 0.5, 0.9], [0.0, 0.05, 0.1]]
    assert to_rgb(ax.lines[0].get_color()) == to_rgb(OKABE_ITO[2])
    assert len(ax.collections) == 1
    assert ax.get_legend().get_texts()[0].get_text() == "fused (n=20)"


def test_numbers_at_risk_stand_at_their_steps() -> None:
    ax = plot_numbers_at_risk(incidence(), Figure().subplots())
    texts = [(text.get_position()[0], text.get_text()) for text in ax.texts]
    assert texts == [(0.0, "20"), (100.0, "10"), (200.0, "2")]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["fused (n=20)"]
    assert not ax.xaxis.get_tick_params()["labelbottom"], "the steps stand below the curves"


def test_crowded_figures_leave_their_bands_to_the_tables() -> None:
    for count, bands in ((6, 6), (7, 0)):
        assert len(plot_incidence(incidence(count), Figure().subplots()).collections) == bands
