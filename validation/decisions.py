"""Measure how often verdicts are right: sequential seeds, planted interactions, planted lattices of remedies."""

from __future__ import annotations

import numpy as np

from ablate.stats import effects, sequential, sufficiency
from validation import worlds
from validation.coverage import Check, as_grid

MIXTURE = ((0.6, 0.02), (0.1, 0.5), (0.3, 0.97))
"""(share of settings, escape rate) of hopeless, middling and good settings."""


def uniform_coverage(rng: np.random.Generator, cells: int, block: int = 1) -> list[Check]:
    """Check that the confidence sequence holds the rate after every block up to the 64th seed."""
    checks = []
    for rate in (0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99):
        outcomes = (rng.random((cells, 64)) < rate).astype(float)
        _, low, high = sequential.sequence(outcomes, sequential.Rule(block=block, cap=64))
        value = float(((low <= rate) & (rate <= high)).all(1).mean())
        error = float(np.sqrt(0.05 * 0.95 / cells))
        checks.append(
            Check(
                check=f"confidence sequence, rate {rate}, looks every {block}",
                value=value,
                low=0.95,
                high=1,
                error=error,
            )
        )
    return checks


def spending(rng: np.random.Generator, cells: int, target: float, most: float) -> list[Check]:
    """Check the seeds per setting, wrong verdicts and undecided settings on the mixture of rates."""
    shares, levels = zip(*MIXTURE, strict=True)
    rate = rng.choice(np.array(levels), cells, p=np.array(shares))
    decided = sequential.decide((rng.random((cells, 32)) < rate[:, None]).astype(float), sequential.Rule(target=target))
    wrong = ((decided.verdict == "sufficient") & (rate < target)) | (
        (decided.verdict == "insufficient") & (rate >= target)
    )
    name = f"sequential seeds, target {target}"
    return [
        Check(check=f"{name}: seeds per setting", value=float(decided.n.mean()), low=0, high=most),
        Check(check=f"{name}: wrong", value=float(wrong.mean()), low=0, high=0.01),
        Check(
            check=f"{name}: undecided (stated only)",
            value=float((decided.verdict == "undecided").mean()),
            low=0,
            high=1,
        ),
    ]


def exclusive_or(rng: np.random.Generator, studies: int) -> list[Check]:
    """Check the share of a pair of factors that matter only together, and the largest other: 48 settings, 8 seeds."""
    pair, others = [], []
    for _ in range(studies):
        a, b = np.meshgrid([0, 1], [0, 1], indexing="ij")
        cells = np.where((a ^ b)[:, :, None, None] > 0, 0.95, 0.05) * np.ones((2, 2, 3, 4))
        values = (rng.random((*cells.shape, 8)) < cells[..., None]).astype(float)
        shares = effects.anova(as_grid(values)).shares.set_index("term")["share"]
        pair.append(shares["a:b"])
        others.append(shares.drop("a:b").max())
    return [
        Check(check="planted XOR: share of the pair, mean", value=float(np.mean(pair)), low=0.95, high=1),
        Check(check="planted XOR: largest other share, mean", value=float(np.mean(others)), low=0, high=0.02),
    ]


def lattices(rng: np.random.Generator, studies: int, remedies: int = 8, seeds: int = 64) -> Check:
    """Check how often exactly the planted minimal sufficient sets are found."""
    names = [f"r{number}=on" for number in range(remedies)]
    sets = worlds.subsets(names)
    right = 0
    for _ in range(studies):
        truth = worlds.antichain(rng, names)
        rates = np.array([0.97 if any(enough <= one for enough in truth) else 0.03 for one in sets])
        verdict = sufficiency.analyse(sets, rng.binomial(seeds, rates), np.full(len(sets), seeds))
        right += set(verdict.minimal) == set(truth)
    return Check(
        check=f"planted lattices of {remedies} remedies: all minimal sets found",
        value=right / studies,
        low=0.95,
        high=1,
    )
