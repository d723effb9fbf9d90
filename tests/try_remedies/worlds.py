"""Worlds in which a rule decides how a trial ends, and what is answered in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from types import SimpleNamespace

import numpy as np
import pytest

from ablate.outcomes.curves import Curves
from ablate.outcomes.states import Outcome
from ablate.runner.summary import Summary
from ablate.try_remedies import attempt
from ablate.try_remedies.answer import answer
from ablate.try_remedies.candidates import Candidates
from ablate.try_remedies.stages import Levels, Stages

SILENT = Curves(
    id="x",
    signals={
        name: np.full(6, value)
        for name, value in {
            "loss": np.log(10),
            "train_loss": np.log(10),
            "finite": 1.0,
            "zero_gradient_share": 0.0,
            "dead_share_1": 1.0,
            "unit_spread_1": 0.0,
        }.items()
    },
)
"""Of a trial whose only layer is silent throughout."""

FUSED: Levels = (("loss", "fused"),)

Rule = Callable[[Mapping[str, str]], bool]
SeedRule = Callable[[Mapping[str, str], int], bool]


def always(escapes: Rule) -> SeedRule:
    """The rule, whatever the seed."""
    return lambda changed, _: escapes(changed)


def ended(stages: Stages, escapes: SeedRule) -> dict[str, Outcome]:
    """Everything the stages ask for, with the outcomes of a rule on the changed levels and the seed."""
    seen: dict[str, Outcome] = {}
    while wanted := stages.ask(seen):
        base = stages.candidates.study.baseline
        for trial in wanted:
            changed = {name: level.name for name, level in trial.setting if level != base[name]}
            good = escapes(changed, trial.seed)
            seen[trial.id] = Outcome(state="escaped" if good else "stuck", time=16 if good else None)
    return seen


def stages_of(own: Candidates) -> Stages:
    return attempt.with_fresh_seeds(own)


def said(own: Candidates, escapes: Rule, monkeypatch: pytest.MonkeyPatch) -> attempt.Attempt:
    """The answer in a world where a rule decides, whatever the seed."""
    return answered(own, always(escapes), monkeypatch)


def answered(
    own: Candidates,
    escapes: SeedRule,
    monkeypatch: pytest.MonkeyPatch,
    *,
    stored_at_most: int = 10**9,
    stored: Collection[str] | None = None,
) -> attempt.Attempt:
    """The answer in a world where a rule decides; of a sweep that was stopped after so many, or these, trials."""
    stages = stages_of(own)
    seen = dict(list(ended(stages, escapes).items())[:stored_at_most])
    seen = {name: outcome for name, outcome in seen.items() if stored is None or name in stored}
    monkeypatch.setattr("ablate.store.outcomes", lambda _: seen)
    bar = SimpleNamespace(count=54, rows=256)
    monkeypatch.setattr("ablate.store.manifest.read", lambda _: SimpleNamespace(chance=defaultdict(lambda: bar)))
    monkeypatch.setattr("ablate.store.read_curves", lambda _, ids: dict.fromkeys(list(ids)[:6], SILENT))
    stopped = "SIGINT" if stored_at_most < 10**9 or stored is not None else ""
    counts = dict.fromkeys(("planned", "kept", "trained"), len(seen))
    summary = Summary(study="x", folder=SimpleNamespace(), stopped=stopped, **counts)  # type: ignore[arg-type]
    return answer(stages, summary, ())
