from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from ablate.report.figure_data import Fan, FanInfo
from ablate.report.figures.curves import plot_fan

BANDS = np.array([[0.0, 0.1], [0.1, 0.2], [0.2, 0.5], [0.3, 0.6], [0.4, 0.9]])


def fan(bands: np.ndarray, signal: str = "accuracy", reference: float | None = None) -> object:
    steps = np.linspace(0.0, 400.0, bands.shape[1])
    drawn = Fan(label="fused", position=1, n=7, steps=steps, quantiles=bands)
    info = FanInfo(title="t", factor="loss", signal=signal, fans=(drawn,), reference=reference)
    return plot_fan(info, Figure().subplots())


def test_fan_draws_the_median_over_two_bands() -> None:
    ax = fan(BANDS, reference=0.1)
    assert list(ax.lines[0].get_ydata()) == [0.2, 0.5]
    assert list(ax.lines[1].get_ydata()) == [0.1, 0.1]
    assert len(ax.collections) == 2
    assert ax.get_ylabel() == "accuracy on validation rows"


@pytest.mark.parametrize(("top", "scale"), [(20.0, "linear"), (1e6, "symlog")])
def test_a_signal_that_runs_away_is_drawn_on_a_logarithmic_scale(top: float, scale: str) -> None:
    bands = BANDS.copy()
    bands[4, 1] = top
    assert fan(bands, "logit_gap").get_yscale() == scale


def test_a_scale_that_a_wild_signal_needs_has_plain_ticks() -> None:
    ax = fan(np.array([[0.0, 1e5, 1e7]] * 5), "loss")
    ax.figure.draw_without_rendering()
    texts = [label.get_text() for label in ax.get_yticklabels()]
    assert "1e6" in texts or "1e7" in texts
    assert not any("$" in text for text in texts)
