"""Draw training curves: quantiles over seeds, and single trials."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from ablate.outcomes.curves import PROBE_LOSS
from ablate.report.figure_data import FanInfo
from ablate.report.style import CROWD, GREY, STATE_COLOURS, TIP, colour, level_label, line, power

LOGARITHMIC_BEYOND = 100.0
"""A signal with a value beyond this (a logit, a loss) is drawn on a logarithmic scale."""

SIGNAL_LABELS = {
    "accuracy": "accuracy on validation rows",
    PROBE_LOSS: "loss on validation rows",
    "top_share": "share of the most predicted class",
    "logit_mean": "mean logit",
    "logit_gap": "logit gap (largest - true)",
    "zero_gradient_share": "share of rows with zero gradient",
    "dead_share": "dead units (mean over layers)",
    "gradient_norm": "gradient norm",
    "weight_norm": "weight norm",
    "update_ratio": "update / weight",
    "prediction_entropy": "entropy of predictions",
}


def plot_fan(info: FanInfo, ax: Axes, *, legend: bool = True) -> Axes:
    """Draw the median of a signal with quantile bands (.25-.75 dark, .05-.95 light), and single trials as lines.

    Args:
        info: the signal by level.
        ax: where to draw.
        legend: whether the axes have a legend.
    """
    for fan in info.fans:
        tone = STATE_COLOURS.get(fan.label) if info.factor == "state" else None
        tone = tone or colour(fan.position)
        low, lower, median, upper, high = fan.quantiles
        if len(info.fans) <= CROWD:
            ax.fill_between(fan.steps, low, high, color=tone, alpha=0.12, linewidth=0)
            ax.fill_between(fan.steps, lower, upper, color=tone, alpha=0.22, linewidth=0)
        ax.plot(fan.steps, median, color=tone, linestyle=line(fan.position), label=level_label(fan.label, fan.n))
    for state, steps, values in info.lines.values():
        ax.plot(steps, values, color=STATE_COLOURS[state], linewidth=0.8, alpha=0.9)
    if info.reference is not None:
        ax.axhline(info.reference, color=GREY, linestyle=":", linewidth=1)
    _set_axes(info.signal, ax)
    # One signal that runs away would flatten the others: linear near 0, logarithmic beyond.
    if max(map(abs, ax.dataLim.intervaly)) > LOGARITHMIC_BEYOND:
        ax.set_yscale("symlog", linthresh=LOGARITHMIC_BEYOND / 10)
        ax.yaxis.set_major_formatter(power)
    ax.set_title(info.title)
    if info.fans and legend:
        ax.legend(title=info.factor, loc="upper left" if info.signal == PROBE_LOSS else "lower right", fontsize=7)
    return ax


def plot_beside(info: FanInfo, ax: Axes) -> Axes:
    """Draw medians with the middle half, the first in the colour of collapse, and values to point at.

    Args:
        info: the signal of two settings, or a few.
        ax: where to draw.
    """
    for fan, tone in zip(info.fans, (STATE_COLOURS["collapsed"], STATE_COLOURS["escaped"], GREY), strict=False):
        _, lower, median, upper, _ = fan.quantiles
        ax.fill_between(fan.steps, lower, upper, color=tone, alpha=0.2, linewidth=0)
        ax.plot(fan.steps, median, color=tone, linestyle=line(fan.position), linewidth=2, label=fan.label)
        for step, low, value, high in zip(fan.steps, lower, median, upper, strict=True):
            words = f"{fan.label}, step {step:.0f}: {value:.2f} (middle half {low:.2f} to {high:.2f})"
            ax.plot([step], [value], marker="o", markersize=7, color=tone, alpha=0.01, gid=f"{TIP}{words}")
    if info.reference is not None:
        ax.axhline(info.reference, color=GREY, linestyle=":", linewidth=1.2)
    _set_axes(info.signal, ax)
    if max(map(abs, ax.dataLim.intervaly)) > LOGARITHMIC_BEYOND:
        ax.set_yscale("symlog", linthresh=LOGARITHMIC_BEYOND / 10)
        ax.yaxis.set_major_formatter(power)
    ax.set_ylabel("")
    ax.set_title(info.title)
    return ax


def plot_trial(signals: Mapping[str, np.ndarray], signal: str, state: str, ax: Axes) -> Axes:
    """Draw one signal of one trial, with a dot at every evaluation.

    Args:
        signals: the trial's signals by name, each [evaluations]; `step` holds the training steps.
        signal: which one to draw; one that is missing leaves the axes empty.
        state: how the trial ended; decides the colour.
        ax: where to draw.
    """
    values = signals.get(signal)
    if values is not None and len(values):
        ax.plot(signals["step"], values, color=STATE_COLOURS[state], marker="o", markersize=2.5)
    _set_axes(signal, ax)
    return ax


def _set_axes(signal: str, ax: Axes) -> None:
    ax.set_xlabel("training step")
    ax.set_ylabel(SIGNAL_LABELS.get(signal, signal.replace("_", " ")))
    ax.grid(axis="y")
    if signal in ("accuracy", "top_share", "zero_gradient_share", "dead_share"):
        ax.set_ylim(-0.02, 1.02)
