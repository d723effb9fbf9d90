"""Small studies over a few factors."""

from __future__ import annotations

from ablate.core.study import Budget, Factor, Json, Level, Study
from ablate.design import designs


def number(name: str, *values: float) -> Factor:
    levels = tuple(Level(name=str(value), params=value) for value in values)
    return Factor(name=name, levels=levels, baseline=levels[0])


def group(name: str, *names: str) -> Factor:
    levels = tuple(Level(name=each, params={"kind": each}) for each in names)
    return Factor(name=name, levels=levels, baseline=levels[0])


START = Factor(
    name="start",
    levels=(Level(name="fresh", params={"kind": "fresh"}),),
    baseline=Level(name="fresh", params={"kind": "fresh"}),
)
FACTORS = (
    group("task", "digits"),
    group("loss", "clipped", "fused", "mse"),
    number("width", 256, 32),
    number("learning_rate", 0.03, 0.001),
    number("depth", 2),
    START,
)


def study(*designs: Json, factors: tuple[Factor, ...] = FACTORS, seeds: tuple[int, ...] = (0, 1)) -> Study:
    return Study(
        name="s", factors=factors, seeds=seeds, designs=designs or ({"kind": "full"},), budget=Budget(steps=10, looks=2)
    )


def sets(own: Study) -> list[dict[str, str]]:
    """Remedy sets as factor -> level name."""
    return [{name: setting[name].name for name in setting.remedies(own.baseline)} for setting in designs.settings(own)]
