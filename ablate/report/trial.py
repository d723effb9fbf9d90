"""Draw one trial as a PNG, or as lines of blocks for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ablate.outcomes.curves import PROBE_LOSS, Curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = ("accuracy", PROBE_LOSS, "logit_mean", "logit_gap", "zero_gradient_share", "dead_share")
_BLOCKS = " ▁▂▃▄▅▆▇█"


def _signals(curves: Curves) -> dict[str, np.ndarray]:
    """Return a trial's signals, with `dead_share`, the mean over hidden layers of the share of dead units."""
    signals = dict(curves.signals)
    layers = [values for name, values in signals.items() if name.startswith("dead_share_")]
    if layers:
        signals["dead_share"] = np.mean(np.stack(layers), axis=0)
    return signals


def trial_picture(curves: Curves, state: str, title: str, path: str | Path) -> Path:
    """Draw a PNG of one trial: accuracy, loss, logits, zero gradients and dead units over training steps.

    Args:
        curves: the stored curves of the trial.
        state: how it ended; decides the colour.
        title: the line above the panels, as its setting.
        path: the file to write; its folder must exist.
    """
    from ablate.report.style import house

    figure = trial_figure(curves, state, title)
    with house():
        figure.savefig(path, format="png", dpi=110, metadata={"Software": None})
    return Path(path)


def trial_figure(curves: Curves, state: str, title: str) -> Figure:
    """Draw one trial as matplotlib's figure.

    Args:
        curves: the stored curves of the trial.
        state: how it ended; decides the colour.
        title: the line above the panels.
    """
    # A late import, so that `ablate show` prints a trial without loading matplotlib.
    from ablate.report.figures.curves import plot_trial
    from ablate.report.notebook_figure import NotebookFigure
    from ablate.report.style import house, short

    signals = _signals(curves)
    with house():
        figure = NotebookFigure(9, 5.2)
        figure.suptitle(f"{curves.id}: {state}\n{short(title, 120)}", fontsize=9)
        for ax, signal in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
            plot_trial(signals, signal, state, ax)
    return figure


def trial_text(curves: Curves, width: int = 72) -> str:
    """Write one trial as lines of blocks: each signal with its first, last, smallest and largest value.

    Args:
        curves: the stored curves of the trial; without evaluations, one line says so.
        width: the terminal's columns. A value that is not finite is shown as `x`.
    """
    signals = _signals(curves)
    if not len(signals.get("step", ())):
        return "no curves: the trial ended before its first evaluation"
    steps = signals["step"]
    lines = [f"{'step':20s} {steps[0]:g} to {steps[-1]:g}, {len(steps)} evaluations"]
    lines += [
        f"{name:20s} {_blocks(signals[name], width - 52)} {_numbers(signals, name)}"
        for name in PANELS
        if name in signals
    ]
    return "\n".join(lines)


def _blocks(values: np.ndarray, width: int) -> str:
    positions = np.linspace(0, len(values) - 1, min(len(values), max(width, 8))).round().astype(int)
    shown = np.asarray(values, dtype=float)[positions]
    finite = shown[np.isfinite(shown)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    span = (high - low) or 1.0
    return "".join(_BLOCKS[1 + int(7 * (v - low) / span)] if np.isfinite(v) else "x" for v in shown)


def _numbers(signals: Mapping[str, np.ndarray], name: str) -> str:
    values = np.asarray(signals[name], dtype=float)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return "no finite value"
    return f"{values[0]:.4g} -> {values[-1]:.4g} (min {finite.min():.4g}, max {finite.max():.4g})"
