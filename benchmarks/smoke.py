"""A guard against regressions: `python -m benchmarks.smoke [FOLDER]`, at most two minutes.

Measures a step of a trial at one width against Keras as it is and at its best, in turn, and compares the ratios with
those that `make bench` recorded in FOLDER/ratios.csv (results/published/bench if not given). Ratios only, for both
sides of one come from the same minutes of the same machine. Ends with status 1 if a ratio has fallen by more than
TOLERANCE, with status 2 if nothing was recorded.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import rows, steps
from benchmarks.rows import Found, Ratio

TOLERANCE = 0.35
"""A median ratio may lose so much: on a busy machine (load 4.5 on 2 cores) one commit's three ratios were 78 to 107."""

WIDTH, ROUNDS = 64, 3


def measured() -> list[Ratio]:
    """Measure the ratios as they are now."""
    (point,) = (point for point in steps.POINTS if point.width == WIDTH)
    found = Found()
    short = dataclasses.replace(point, peers=(steps.AS_IS, steps.BEST), rate="", bare=False, alone=False)
    with steps.sides(jax=False) as sides:
        steps.measure(found, sides, [short], ROUNDS)
    return [row for row in found.ratios if row.target.startswith(">=")]


def fallen(recorded: Sequence[Ratio], now: Sequence[Ratio], tolerance: float = TOLERANCE) -> list[str]:
    """Return a line for each ratio that has fallen past the tolerance.

    Raises:
        LookupError: a ratio that was never recorded.
    """
    known = {(row.benchmark, row.peer): row for row in recorded if row.n}
    lines = []
    for row in now:
        before = known.get((row.benchmark, row.peer))
        if before is None:
            raise LookupError(f"A ratio must have been recorded: `make bench`. Not there: {row.benchmark}, {row.peer}.")
        least = before.ratio_median * (1.0 - tolerance)
        if not row.ratio_median >= least:
            lines.append(
                f"{row.benchmark} against {row.peer}: {row.ratio_median:.3g} times, {before.ratio_median:.3g} before; "
                f"at least {least:.3g} must remain."
            )
    return lines


def main(folder: Path, measure: Callable[[], list[Ratio]] = measured) -> int:
    """Measures, compares, tells; the exit status."""
    recorded = rows.read(folder)
    if not recorded:
        print(f"There must be ratios to compare with in {folder / rows.RATIOS}: run `make bench`.", file=sys.stderr)
        return 2
    now = measure()
    lines = fallen(recorded, now)
    for row in now:
        extent = f"of {row.n}; {row.ratio_min:.3g} to {row.ratio_max:.3g}"
        print(f"{row.benchmark} against {row.peer}: {row.ratio_median:.3g} times ({extent})")
    print("\n".join(lines) or f"No ratio has fallen by more than {TOLERANCE:.0%}.")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/bench")))
