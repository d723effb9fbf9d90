"""Whole searches in a planted world, trial for trial: whatever changes in them is noticed."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from ablate.core.errors import AblateError
from ablate.outcomes.states import Outcome
from ablate.remedy_search import answer, answer_text, objectives, options, samplers
from ablate.remedy_search.objectives import OBJECTIVES, Evidence, gather
from ablate.remedy_search.options import Search
from tests import recorded
from tests.remedy_search import planted
from tests.remedy_search.planted import Sweep, asked, named, rate_outcome, searcher, two_needed


def test_searches_are_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "_keras_lines", SimpleNamespace(keras_lines=lambda *_: ["a line"]))
    monkeypatch.setattr(answer, "overrides", lambda setting, own: list(answer.changes(own, setting)))
    lines = []
    for name, keys, rate in (
        ("random", {"sampler": "RandomSampler", "trials": 120}, two_needed),
        ("tpe", {"sampler": "TPESampler", "trials": 200}, two_needed),
        ("some", {"sampler": "RandomSampler", "trials": 90}, lambda one: 0.4 + 0.3 * (named(one)["b"] == "b1")),
        ("none", {"sampler": "RandomSampler", "trials": 60}, lambda _: 0.0),
        ("settings", {"sampler": "RandomSampler", "trials": 300, "settings": 11, "batch": 5}, two_needed),
        ("tight", {"sampler": "RandomSampler", "trials": 83, "batch": 7, "shapes": 3, "claims": 3}, two_needed),
        ("keep", {"sampler": "NSGAIISampler", "trials": 150, "batch": 6, "keep": 0.34}, two_needed),
    ):
        own = searcher(Search(**({"blocks": (4, 8), "batch": 4, "confirm": 12, "claims": 2} | keys)))
        sweep = Sweep(rate_outcome(rate))
        sweep.run(own)
        said = json.loads(json.dumps(answer.derive(own, planted.study())))
        lines += [
            f"# {name}: {len(sweep.trained)} trained",
            *answer_text.text(said).splitlines(),
            *recorded.lines(said),
        ]
        lines += [f"{arm}: {' '.join(one[:4] for one in ids)}" for arm, ids in asked(own).items()]
    recorded.same("search_answers", "\n".join(lines))


def test_objectives_are_as_recorded() -> None:
    outcomes = [
        Outcome(state="escaped", time=40),
        Outcome(state="stuck"),
        Outcome(state="diverged"),
        Outcome(state="slow"),
    ]
    seen = [gather(outcomes[:count], limit=100, changes=count, cost=2.0) for count in range(1, 5)]
    seen += [gather(outcomes[:1] * 8, limit=100, changes=1), gather(outcomes[1:2] * 8, limit=100, changes=0)]
    names = list(OBJECTIVES)
    values = [objectives.values(one, names) for one in seen]
    better = [[objectives.better(one, other, names) for other in values] for one in values]
    bounds = [(objectives.lower(k, n), objectives.upper(k, n)) for k, n in ((0, 4), (3, 8), (8, 8))]
    recorded.same("search_objectives", "\n".join(recorded.lines([seen, names, values, better, bounds])))
    assert isinstance(seen[0], Evidence)


def test_options_are_as_recorded() -> None:
    lines = [*recorded.lines(Search()), *samplers.names()]
    for keys in (
        {"sampler": "TPE"}, {"trials": 0}, {"trials": 3.5}, {"blocks": [8, 4]}, {"blocks": [4, 4]}, {"batch": 0},
        {"confirm": 0}, {"confirm": 3}, {"claims": -1}, {"target": 1.0}, {"target": 0.0}, {"objectives": []},
        {"objectives": ["rates"]}, {"trails": 3}, {"seed": -1}, {"trials": 1, "batch": 1, "blocks": [1]},
    ):  # fmt: skip
        try:
            lines += recorded.lines(options.read(keys), str(keys))
        except (AblateError, TypeError, ValueError) as error:
            lines.append(f"{keys}: {error}")
    recorded.same("search_options", "\n".join(lines))


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_remedy_search", recorded.defaults("ablate.remedy_search"))
