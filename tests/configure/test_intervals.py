from __future__ import annotations

from itertools import pairwise

import pytest

from ablate import configure
from ablate.configure import intervals
from ablate.core.errors import ConfigError
from ablate.core.study import Json


def levels(override: str, *others: str) -> list[Json]:
    """The levels that a search draws from: numbers as numbers, others by name."""
    study, _ = configure.search([override, "search.trials=200", *others])
    factor = study.factor(override.partition("=")[0].partition(".")[0])
    return [level.params if isinstance(level.params, int | float) else level.name for level in factor.levels]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("loss=choice(clipped,fused)", ["clipped", "fused"]),
        ("loss=clipped,fused", ["clipped", "fused"]),
        ("loss=glob(c*3*)", ["clipped_1e-3", "clipped_1e-30"]),
        ("width=range(16,64,step=16)", [16, 32, 48]),
        ("learning_rate=range(0.1,0.35,step=0.1)", [0.1, 0.2, 0.3]),
        ("depth=interval(0.5, 3.5)", [1, 2, 3]),
        ("depth=int(interval(1, 4))", [1, 2, 3, 4]),
        ("depth=tag(log, int(interval(1, 4)))", [1, 2, 3, 4]),
        ("depth=tag(int, interval(1, 4))", [1, 2, 3, 4]),
    ],
)
def test_every_space_of_the_published_sweeper_is_a_row_of_levels(override: str, expected: list[Json]) -> None:
    assert levels(override, "width=16,32" if override.startswith(("loss", "learning", "depth")) else "depth=2") == (
        expected
    )


def test_an_interval_is_even_and_holds_its_ends_and_the_baseline() -> None:
    found = levels("learning_rate=interval(0.5, 1.0)")
    assert len(found) == intervals.LEVELS
    assert (found[0], found[-1]) == (0.5, 1.0)
    assert {round(b - a, 5) for a, b in pairwise(found)} <= {0.02083, 0.02084}
    with_own = levels("learning_rate=interval(0, 1)")
    assert 0.001 in with_own
    assert len(with_own) == intervals.LEVELS + 1
    other = levels("learning_rate=interval(0, 1)", "experiment=blog")
    assert 0.05 in other
    assert 0.001 not in other


def test_a_logarithmic_interval_is_even_in_the_logarithm() -> None:
    found = levels("learning_rate=tag(log, interval(1e-4, 1))")
    assert len(found) == intervals.LEVELS, "0.001 is one of the places"
    assert all(abs(b / a / 10 ** (1 / 6) - 1) < 1e-4 for a, b in pairwise(found))
    widths = levels("width=tag(log, int(interval(8, 1024)))")
    assert all(isinstance(width, int) for width in widths)
    assert (widths[0], widths[-1]) == (8, 1024)
    assert 64 in widths


def test_a_parameter_of_a_level_can_have_an_interval() -> None:
    study, _ = configure.search(["loss=clipped", "loss.eps=tag(log, interval(1e-12, 1e-2))"])
    found = [level.params["eps"] for level in study.factor("loss").levels]
    assert (min(found), max(found)) == (1e-12, 1e-2)
    assert 1e-7 in found
    assert study.factor("loss").baseline.params["eps"] == 1e-7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["learning_rate=interval(1,0.1)"],
            ("An interval must go from one finite number to a larger one. Received: 'learning_rate=interval(1,0.1)'."),
        ),
        (
            ["learning_rate=tag(log, interval(0,1))"],
            (
                "An interval under `tag(log, ...)` must begin above 0. "
                "Received: 'learning_rate=tag(log, interval(0,1))'."
            ),
        ),
        (
            ["loss=interval(0,1)"],
            "Only a number can have an interval: list names of levels for `loss`. Received: 'loss=interval(0,1)'.",
        ),
        (
            ["depth=interval(1.2,1.8)"],
            "The interval of `depth` must contain a whole number. Received: 'depth=interval(1.2,1.8)'.",
        ),
        (["width=interval(-5,5)"], "`width` must be a whole number from 1 to 65536. Received: -5."),
        (["los=interval(0,1)"], "Unknown factor or key: 'los'. Did you mean 'loss'?"),
        (
            ["steps=interval(10,20)"],
            "`steps` must have one value: only factors can have an interval. Received: 'steps=interval(10,20)'.",
        ),
        (["loss.epps=interval(0,1)"], "Unknown parameter of `loss=clipped`: 'epps'. Did you mean 'eps'?"),
    ],
)
def test_an_interval_that_cannot_be_is_named(words: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configure.search(words)
    assert str(caught.value).partition(" Allowed: ")[0] == message
