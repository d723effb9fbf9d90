"""`python -m validation.reviewers [FOLDER]`: check what answers the questions of reviewers, into FOLDER/reviewers.csv.

Power, unpaired comparisons, equivalence, predictions for a new task, and comparisons that are valid at any time, in
worlds whose truth is known. Columns as in `validation.csv`. Ends with status 1 if a check fails.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ablate.stats import betting, contrasts, equivalence, families, new_task, power, unpaired
from ablate.stats.clustered import equality_p
from validation import worlds
from validation.coverage import Check, covered

SEED = 20_261_129
STUDIES = 1_000


def marked(one: np.ndarray, other: np.ndarray, level: float) -> np.ndarray:
    """Return which studies mark a difference by both tests of the report.

    Args:
        one: [studies, strata, seeds] outcomes of the first level.
        other: [studies, strata, seeds] outcomes of the second.
        level: at which both p-values are tested.
    """
    sums = np.rint((one - other).sum(1)).astype(int)
    flips = np.array([contrasts.sign_flip(row) <= level for row in sums])
    if one.shape[1] > 1:
        flips &= equality_p(*contrasts.seed_gaps(one, other)) <= level
    return np.asarray(flips & (np.sign(sums.sum(1)) > 0))


def powers(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Check the computed power against studies that are drawn and tested as the report does."""
    for rate, gap, seeds, count in ((0.0, 0.3, 25, 1), (0.5, 0.3, 46, 1), (0.2, 0.2, 100, 8), (0.05, 0.5, 20, 24)):
        family = power.Family(comparisons=count, strata=1, declared=True)
        drawn = rng.random((2, studies, 1, seeds)) < np.array([rate + gap, rate]).reshape(2, 1, 1, 1)
        share = float(marked(drawn[0].astype(float), drawn[1].astype(float), family.level).mean())
        expected = power.power(family, rate, gap, seeds)
        error = np.sqrt(expected * (1 - expected) / studies)
        name = f"power: {rate:g} against {rate + gap:g}, {seeds} seeds, {count} comparisons, computed {expected:.3f}"
        yield Check(check=name, value=share, low=expected, high=expected, error=float(error))
    for alike in (False, True):
        family = power.Family(comparisons=8, strata=6, declared=True)
        seeds = power.seeds_needed(family, 0.3, 0.2, alike=alike) or 0
        strata = 1 if alike else 6
        size = min(studies, 500)
        drawn = rng.random((2, size, strata, seeds)) < np.array([0.5, 0.3]).reshape(2, 1, 1, 1)
        drawn = np.repeat(drawn, 6, axis=2) if alike else drawn
        share = float(marked(drawn[0].astype(float), drawn[1].astype(float), family.level).mean())
        name = f"power: .3 against .5, 6 pairs a seed ({'alike' if alike else 'independent'}), {seeds} seeds for .8"
        yield Check(check=name, value=share, low=0.75, high=0.87, error=0.02)


def gaps(rng: np.random.Generator, studies: int, settings: int = 24) -> Iterator[Check]:
    """Check the difference of two studies without a common seed, over all settings and in each."""
    for first, second in ((0.5, 0.5), (0.9, 0.9), (0.1, 0.4), (0.02, 0.02)):
        for chance in (0.0, 0.1):
            one = worlds.together(rng, chance, np.full(settings, first), 20, studies)
            other = worlds.together(rng, chance, np.full(settings, second), 12, studies)
            truth = (1 - chance) * (second - first)
            sides = [(np.repeat(np.arange(settings), n), np.tile(np.arange(n), settings)) for n in (20, 12)]
            codes, seeds = (sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])
            over = [unpaired.whole(codes, seeds, (a.ravel(), b.ravel())) for a, b in zip(one, other, strict=True)]
            held = np.array([gap.low - 1e-9 <= truth <= gap.high + 1e-9 for gap in over])
            name = f"unpaired: {first:g} and {second:g}, 20 and 12 seeds, {chance:g} of the seeds fail"
            yield covered(f"{name}: over {settings} settings", held)
            counts = (one.sum(-1), other.sum(-1))
            sizes = (np.full(counts[0].shape, 20), np.full(counts[1].shape, 12))
            low, high = unpaired.newcombe(counts, sizes)
            inside = (low - 1e-9 <= truth) & (truth <= high + 1e-9)
            yield covered(f"{name}: each setting", inside, within=(0.92, 1.0))
            if first == second:
                flat = [(k.ravel(), n.ravel()) for k, n in zip(counts, sizes, strict=True)]
                p = unpaired.fisher((flat[0][0], flat[1][0]), (flat[0][1], flat[1][1])).reshape(low.shape)
                false = np.array([(families.adjust(row, "holm") <= 0.05).any() for row in p]).mean()
                yield Check(check=f"{name}: a false difference after Holm", value=float(false), low=0, high=0.05)


def equivalences(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Check how often a level that is worth the margin is said to be worth less, and how often a useless one is."""
    for seeds, rates in ((30, (0.0, 0.1, 0.5, 0.85)), (64, (0.0, 0.1, 0.5, 0.85)), (128, (0.0, 0.1, 0.5, 0.85))):
        for other in rates:
            for strata in (1, 6):
                for gain, most in ((equivalence.MARGIN, 0.05), (0.0, 1.0)):
                    one = worlds.together(rng, 0.0, np.full(strata, other + gain), seeds, studies // 4)
                    two = worlds.together(rng, 0.0, np.full(strata, other), seeds, studies // 4)
                    said = [equivalence.p_values(a, b)[0] <= 0.05 for a, b in zip(one, two, strict=True)]
                    note = "" if gain else " (stated only)"
                    name = f"equivalence: worth {gain:g} at {other:g}, {strata} pairs a seed, {seeds} seeds"
                    value = float(np.mean(said))
                    error = np.sqrt(most * (1 - most) / len(said))
                    yield Check(
                        check=f"{name}: said to be less than .1{note}", value=value, low=0, high=most, error=error
                    )


def tasks(rng: np.random.Generator, studies: int, pairs: int = 20) -> Iterator[Check]:
    """Check how often the effect on a new task lies in its prediction interval."""
    for count in (3, 4, 6, 10):
        for name, draw in (
            ("no variance between tasks", lambda size: np.full(size, 0.3)),
            ("standard deviation .1", lambda size: np.clip(rng.normal(0.3, 0.1, size), -1, 1)),
            ("standard deviation .3", lambda size: np.clip(rng.normal(0.3, 0.3, size), -1, 1)),
            ("all or nothing (stated only)", lambda size: np.where(rng.random(size) < 0.5, 1.0, 0.0)),
        ):
            true = draw((studies // 4, count + 1))
            held = []
            for row in true:
                high, low = 0.5 + row[:-1] / 2, 0.5 - row[:-1] / 2
                drawn = rng.random((2, pairs, count)) < np.stack([high, low])[:, None]
                gained, lost = (drawn[0] & ~drawn[1]).sum(0), (~drawn[0] & drawn[1]).sum(0)
                sizes = [new_task.effect(int(up), int(down), pairs) for up, down in zip(gained, lost, strict=True)]
                over = new_task.predict(*np.array(sizes).T)
                held.append(over.new_low - 1e-9 <= row[-1] <= over.new_high + 1e-9)
            within = (0.0, 1.0) if "stated" in name else (0.92, 1.0)
            yield covered(f"new task: {count} tasks, {name}", np.array(held), within=within)


def any_time(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Check comparisons that are looked at after every seed, and the false discovery rate of many of them."""
    for rate in (0.1, 0.5, 0.9):
        for strata in (1, 12):
            drawn = worlds.draw(rng, worlds.log_odds(np.full((2, strata), rate)), 64, studies)
            gap = (drawn[:, 0] - drawn[:, 1]).mean(1)
            capital = betting.log_capital(gap)
            name = f"any time: equal rates of {rate:g}, {strata} pairs a seed, 64 looks"
            wrong = float((capital.max(1) >= np.log(20)).mean())
            yield Check(check=f"{name}: called different", value=wrong, low=0, high=0.05)
            if strata == 1:
                sums = np.rint(gap).astype(int)[: studies // 4]
                looks = [any(contrasts.sign_flip(row[:n]) < 0.05 for n in range(4, 65, 4)) for row in sums]
                value = float(np.mean(looks))
                yield Check(check=f"{name}: by McNemar every 4 seeds (stated only)", value=value, low=0, high=1)
    yield from discoveries(rng, studies // 4)


def discoveries(rng: np.random.Generator, studies: int, levels: int = 20, real: int = 5) -> Iterator[Check]:
    """Check e-BH over levels that share a baseline and stop when their own results are clear."""
    for gain in (0.3, 0.6):
        shares, power_ = [], []
        for _ in range(studies):
            base = rng.random(64) < 0.2
            rates = np.where(np.arange(levels) < real, 0.2 + gain, 0.2)
            trials = rng.random((levels, 64)) < rates[:, None]
            gap = trials.astype(float) - base
            capital = betting.log_capital(gap)
            # Each level stops at the first block of 4 after which it is ahead or behind by ten, as a sweep might.
            ahead = np.abs(np.cumsum(gap, 1))[:, 3::4] >= 10
            stop = np.where(ahead.any(1), 4 * ahead.argmax(1) + 3, 63)
            called = betting.e_bh(np.exp(capital[np.arange(levels), stop]))
            shares.append(called[real:].sum() / max(called.sum(), 1))
            power_.append(called[:real].mean())
        name = f"e-BH: {real} of {levels} levels gain {gain:g}, stopped by their results"
        yield Check(check=f"{name}: false discovery rate", value=float(np.mean(shares)), low=0, high=0.05)
        yield Check(check=f"{name}: share found (stated only)", value=float(np.mean(power_)), low=0, high=1)


def everything(studies: int) -> Iterator[Check]:
    """Yield all checks, the dear ones first.

    Args:
        studies: number of simulated studies a check, roughly.
    """
    rng = np.random.default_rng(SEED)
    yield from powers(rng, studies)
    yield from gaps(rng, studies // 2)
    yield from equivalences(rng, studies)
    for number, part in enumerate((tasks, any_time)):
        yield from part(np.random.default_rng([SEED, number]), studies)


def main(folder: Path) -> int:
    """Run, print and write all checks; return the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    checks = []
    for check in everything(STUDIES):
        said = "ok " if check.ok else "NOT"
        print(f"{said} {check.value:.4f} in {check.low:g}..{check.high:g}  {check.check}", flush=True)
        checks.append(check)
    with (folder / "reviewers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["check", "value", "low", "high", "ok"])
        writer.writerows([c.check, f"{c.value:.4f}", f"{c.low:g}", f"{c.high:g}", c.ok] for c in checks)
    failed = sum(not check.ok for check in checks)
    print(f"{failed} failed.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/validation")))
