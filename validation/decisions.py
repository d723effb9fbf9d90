"""How often verdicts are right: sequential seeds, planted interactions, planted lattices of remedies."""

from __future__ import annotations

import numpy as np

from ablate.stats import effects, sequential, sufficiency
from validation import worlds
from validation.coverage import Check, _table

MIXTURE = ((0.6, 0.02), (0.1, 0.5), (0.3, 0.97))
"""Shares and rates of hopeless, middling and good settings."""


def uniform_coverage(rng: np.random.Generator, cells: int, block: int = 1) -> list[Check]:
    """Whether the sequence holds the rate at every look from the first to the 64th seed."""
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
    """Seeds per setting, wrong verdicts and undecided settings on the mixture."""
    shares, levels = zip(*MIXTURE, strict=True)
    rate = rng.choice(np.array(levels), cells, p=np.array(shares))
    found = sequential.decide((rng.random((cells, 32)) < rate[:, None]).astype(float), sequential.Rule(target=target))
    wrong = ((found.verdict == "sufficient") & (rate < target)) | ((found.verdict == "insufficient") & (rate >= target))
    name = f"sequential seeds, target {target}"
    return [
        Check(check=f"{name}: seeds per setting", value=float(found.n.mean()), low=0, high=most),
        Check(check=f"{name}: wrong", value=float(wrong.mean()), low=0, high=0.01),
        Check(
            check=f"{name}: undecided (stated only)", value=float((found.verdict == "undecided").mean()), low=0, high=1
        ),
    ]


def exclusive_or(rng: np.random.Generator, studies: int) -> list[Check]:
    """Two factors matter together only; 48 settings, 8 seeds: the pair's share and the largest other."""
    pair, others = [], []
    for _ in range(studies):
        a, b = np.meshgrid([0, 1], [0, 1], indexing="ij")
        cells = np.where((a ^ b)[:, :, None, None] > 0, 0.95, 0.05) * np.ones((2, 2, 3, 4))
        values = (rng.random((*cells.shape, 8)) < cells[..., None]).astype(float)
        shares = effects.anova(_table(values)).shares.set_index("term")["share"]
        pair.append(shares["a:b"])
        others.append(shares.drop("a:b").max())
    return [
        Check(check="planted XOR: share of the pair, mean", value=float(np.mean(pair)), low=0.95, high=1),
        Check(check="planted XOR: largest other share, mean", value=float(np.mean(others)), low=0, high=0.02),
    ]


def lattices(rng: np.random.Generator, studies: int, remedies: int = 8, seeds: int = 64) -> Check:
    """How often all minimal sufficient sets, and no others, are found."""
    names = [f"r{number}=on" for number in range(remedies)]
    sets = worlds.subsets(names)
    right = 0
    for _ in range(studies):
        truth = worlds.antichain(rng, names)
        rates = np.array([0.97 if any(each <= one for each in truth) else 0.03 for one in sets])
        found = sufficiency.analyse(sets, rng.binomial(seeds, rates), np.full(len(sets), seeds))
        right += set(found.minimal) == set(truth)
    return Check(
        check=f"planted lattices of {remedies} remedies: all minimal sets found",
        value=right / studies,
        low=0.95,
        high=1,
    )
