"""Say what `seed=20` means to those who want 20 seeds."""

from __future__ import annotations

from ablate.core.study import Study


def seed_note(study: Study) -> str:
    """Return a sentence if the study has one seed whose number may be meant as a number of seeds; else nothing.

    Examples:
        >>> from ablate.configure import compose
        >>> seed_note(compose(["seed=20"]))
        "seed=20 is one seed, number 20. For 20 seeds write 'seed=range(20)'."
    """
    if len(study.seeds) != 1 or study.seeds[0] < 2:
        return ""
    (seed,) = study.seeds
    return f"seed={seed} is one seed, number {seed}. For {seed} seeds write 'seed=range({seed})'."
