"""Settings and trials of every design, and what they alias: whatever changes in them is noticed."""

from __future__ import annotations

import pytest

from ablate.core.errors import AblateError
from ablate.core.study import Json
from ablate.design import aliasing, designs, fraction
from tests import recorded
from tests.design.studies import group, number, study

DESIGNS: dict[str, tuple[Json, ...]] = {
    "full": ({"kind": "full"},),
    "one at a time": ({"kind": "one_at_a_time"},),
    "leave one out": ({"kind": "leave_one_out", "factors": {"loss": "fused", "width": "32"}},),
    "pairs": ({"kind": "pairs"},),
    "some": ({"kind": "full", "factors": {"loss": ["clipped", "fused"], "width": None}},),
    "union": ({"kind": "one_at_a_time"}, {"kind": "full", "factors": {"loss": None}}),
    "excluded": ({"kind": "full", "exclude": [{"loss": "mse", "width": "32"}]},),
    "fraction": ({"kind": "fraction", "resolution": 3},),
    "unknown": ({"kind": "fully"},),
}


def test_designs_are_as_recorded() -> None:
    lines = []
    for name, parts in DESIGNS.items():
        try:
            own = study(*parts)
            designs.check_design(own)
            settings = designs.settings(own)
        except (AblateError, KeyError, TypeError, ValueError) as error:
            lines.append(f"{name}: {error}")
            continue
        lines += [f"{name}: {' '.join(level.name for _, level in setting)}" for setting in settings]
        lines += [f"{trial.id} {trial.seed}" for trial in designs.trials(own, lambda params: "0" * 16)][:6]  # noqa: ARG005
        lines += recorded.lines(aliasing.of_settings(settings), name)
    recorded.same("design_settings", "\n".join(lines))


@pytest.mark.parametrize("resolution", [3, 4, 5])
def test_fractions_are_as_recorded(resolution: int) -> None:
    record = {}
    for name, levels, size in (
        ("two", dict.fromkeys("abcdef", 2), 16),
        ("mixed", {"a": 2, "b": 3, "c": 2, "d": 3}, 36),
        ("four", {"a": 4, "b": 2, "c": 2}, 8),
    ):
        try:
            record[name] = [fraction.of_size(levels, size), fraction.smallest(levels, resolution)]
        except AblateError as error:
            record[name] = [str(error)]
    recorded.same(f"design_fractions_{resolution}", "\n".join(recorded.lines(record)))


def test_numbers_and_names_are_told_apart() -> None:
    own = study(factors=(group("task", "digits"), number("width", 8.0, 16.0, 1e-3)))
    lines = [designs.identity_text(name, level.params) for setting in designs.settings(own) for name, level in setting]
    recorded.same("design_identities", "\n".join(lines))


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_design", recorded.defaults("ablate.design"))
