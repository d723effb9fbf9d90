"""Draws docs/baseline.svg, the README's picture: the blog study's baseline, seed by seed, and the fused loss beside it.

python docs/baseline.py        # after `make study`
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

import ablate

STYLES = {"collapsed": ("#d55e00", "-"), "stuck": ("#000000", ":"), "escaped": ("#0072b2", "-")}
ROOT = Path(__file__).parents[1]


def main() -> None:
    """Read the curves of results/blog, which are not in git, and write the picture."""
    results = ablate.load(ROOT / "results" / "blog")
    baseline = {factor.name: factor.baseline.name for factor in results.study.varying}
    trials = results.trials
    same = {name: trials[name].astype(str) == level for name, level in baseline.items()}
    others = [found for name, found in same.items() if name != "loss"]
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, loss in zip(axes, ("clipped", "fused"), strict=True):
        chosen = trials[trials["loss"].astype(str) == loss]
        for other in others:
            chosen = chosen[other.loc[chosen.index]]
        curves = results.curves(list(chosen["id"]))
        for trial in chosen.itertuples():
            color, line = STYLES[str(trial.state)]
            seen = curves[str(trial.id)].signals
            ax.plot(seen["step"], seen["accuracy"], color=color, linestyle=line, linewidth=1, alpha=0.8)
        counts = chosen["state"].astype(str).value_counts()
        said = ", ".join(f"{state} {counts[state]}" for state in STYLES if state in counts)
        ax.set(title=f"{loss} loss: {said} of {len(chosen)}", xlabel="training step", ylim=(0, 1))
        ax.axhline(0.1, color="0.5", linewidth=0.8, linestyle="--")
    axes[0].set_ylabel("accuracy on held-out rows")
    with mpl.rc_context({"svg.hashsalt": "ablate", "svg.fonttype": "none"}):
        figure.savefig(ROOT / "docs" / "baseline.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
