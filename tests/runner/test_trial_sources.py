from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from ablate import store, tasks
from ablate.configure import compose
from ablate.core.errors import ConfigError
from ablate.core.study import Study, Trial
from ablate.design import designs
from ablate.outcomes.states import Outcome
from ablate.runner import trial_sources
from ablate.stats import claims, seed_spending, sequential
from tests.fake_sweep import study, swept

GRID = ("loss=clipped,fused", "learning_rate=1e-3,1e-2,1e-1")


def ended(trials: Mapping[str, Trial], rate: Mapping[str, float]) -> dict[str, Outcome]:
    """Trials that escape at a rate by loss, as a fixed function of the trial."""
    found = {}
    for name, trial in trials.items():
        lucky = np.random.default_rng(int(name, 16)).random() < rate[trial.setting["loss"].name]
        found[name] = Outcome(state="escaped" if lucky else "stuck", time=16 if lucky else None)
    return found


def run_dry(own: Study, rate: Mapping[str, float]) -> list[list[tuple[Trial, str]]]:
    """Per setting, all trials that a source asks for with their states; they end as soon as they are asked for."""
    source, seen = trial_sources.source_of(own, str), dict[str, Outcome]()
    cells: dict[object, list[tuple[Trial, str]]] = {}
    while fresh := {trial.id: trial for trial in source.ask(seen) if trial.id not in seen}:
        seen |= ended(fresh, rate)
        for trial in fresh.values():
            cells.setdefault(trial.setting, []).append((trial, seen[trial.id].state))
    return list(cells.values())


def test_a_plain_study_is_asked_for_once_and_whole() -> None:
    own = compose([*GRID, "seed=range(5)"])
    source = trial_sources.source_of(own, str)
    asked = source.ask({})
    assert [trial.id for trial in asked] == [trial.id for trial in designs.trials(own, str)]
    assert source.ask(ended({trial.id: trial for trial in asked[:1]}, {"clipped": 0, "fused": 1})) == ()


def test_parts_of_a_study_are_its_seeds_in_runs(tmp_path: Path) -> None:
    whole = compose([*GRID, "seed=range(10,15)"])
    parts = [compose([*GRID, "seed=range(10,15)", f"part={number}/3"]) for number in (1, 2, 3)]
    asked = [[trial.id for trial in trial_sources.source_of(own, str).ask({})] for own in parts]
    assert [{trial.seed for trial in trial_sources.source_of(own, str).ask({})} for own in parts] == [
        {10},
        {11, 12},
        {13, 14},
    ]
    everything = {trial.id for trial in designs.trials(whole, str)}
    assert set().union(*asked) == everything
    assert sum(map(len, asked)) == len(everything)
    # One study: a later part finds the earlier one's trials, and its tables hold both.
    first, *_ = swept(study(tmp_path, *GRID, "seed=range(4)", "part=1/2"))
    second, *_ = swept(study(tmp_path, *GRID, "seed=range(4)", "part=2/2"))
    assert (first.trained, second.trained, first.folder) == (12, 12, second.folder)
    assert len(store.done(second.folder)) == 24
    assert swept(study(tmp_path, *GRID, "seed=range(4)"))[0].trained == 0


@pytest.mark.parametrize("part", ["0/2", "3/2", "1/6", "2", "1/0", "a/b", "1/2/3", "", "-1/2"])
def test_a_part_that_cannot_be_is_named(part: str) -> None:
    with pytest.raises(ConfigError, match=r"`part` must be k/n, the k-th of n parts of the study's 5 seeds"):
        compose([*GRID, "seed=range(5)", f"part='{part}'"])


def test_parts_and_seeds_that_depend_on_results_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="`part` must be 1/1 with `seeds=sequential`"):
        compose([*GRID, "seeds=sequential", "part=1/2"])


def test_sequential_seeds_stop_where_the_sequence_decides() -> None:
    own = compose([*GRID, "seeds=sequential", "seeds.target=0.5"])
    cells = run_dry(own, {"clipped": 0.02, "fused": 0.5})
    for cell in cells:
        assert [trial.seed for trial, _ in cell] == list(range(len(cell)))
        outcomes = np.full((1, 32), np.nan)
        outcomes[0, : len(cell)] = [state == "escaped" for _, state in cell]
        found = sequential.decide(outcomes, seed_spending.rule(own))
        assert found.n[0] == len(cell)
        assert not found.more[0]
    counts = {cell[0][0].setting["loss"].name: len(cell) for cell in cells}
    assert counts["clipped"] < counts["fused"] == 32


def test_a_block_is_asked_for_only_when_the_last_one_is_whole() -> None:
    own = compose([*GRID, "seeds=sequential"])
    source = trial_sources.source_of(own, str)
    first = source.ask({})
    assert len(first) == 6 * 4
    some = ended({trial.id: trial for trial in first[:7]}, {"clipped": 1, "fused": 1})
    more = source.ask(some)
    assert {trial.setting for trial in more} == {first[0].setting}
    assert [trial.seed for trial in more] == [4, 5, 6, 7]


def test_a_top_up_goes_to_undecided_settings_alone() -> None:
    own = compose([*GRID, "seeds=topped_up", "seed=range(100, 120)"])
    assert own.pool[:20] == tuple(range(100, 120))
    for cell in run_dry(own, {"clipped": 0.0, "fused": 0.85}):
        hits = np.array([sum(state == "escaped" for _, state in cell[:20])])
        (verdict,) = claims.verdicts(hits, np.array([20]), claims.exact(0.8, 0.975))
        assert len(cell) == (64 if verdict == "undecided" else 20)
    assert seed_spending.claim(own).words == "one-sided 97.5 % bound"


def test_a_sweep_trains_what_the_source_asks_for_and_goes_on_after_a_stop(tmp_path: Path) -> None:
    # The fake engine's trials escape or not with probability one half, by their ids.
    own = study(tmp_path, *GRID, "seeds=sequential", "seeds.target=0.8")
    summary, _ = swept(own)
    rows = store.read_states(tmp_path / "fake")
    assert summary.planned == summary.kept == len(rows) > 6 * 4
    for _, cell in rows.groupby("factors"):
        escapes = (cell.sort_values("seed")["state"] == "escaped").to_numpy(float)
        outcomes = np.full((1, 32), np.nan)
        outcomes[0, : len(escapes)] = escapes
        assert not sequential.decide(outcomes, seed_spending.rule(own)).more[0]
    again, said = swept(own)
    assert (again.trained, again.planned) == (0, summary.planned)
    assert f"All {summary.planned} trials have a result already." in said
    fixed, _ = swept(study(tmp_path, *GRID, "seed=range(4)"))
    assert fixed.trained == 0


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["seeds=sequentially"], "Did you mean 'sequential'"),
        (["seeds=sequential", "seeds.block=0"], "`seeds.block` must be a whole number"),
        (["seeds=sequential", "seeds.block=8", "seeds.cap=4"], "must be at most `seeds.cap`"),
        (["seeds=sequential", "seeds.target=1.5"], "must lie between 0 and 1"),
        (["seeds=topped_up", "seeds.cap=10"], "must be at least the number of seeds"),
        (["seeds.target=0.5"], "Unknown key of `seeds=fixed`"),
        (["seeds=fixed,sequential"], "must have one value: it holds for the whole study"),
    ],
)
def test_what_cannot_be_is_one_clear_message(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        compose(overrides)


def test_the_trials_of_a_setting_are_those_of_a_sweep() -> None:
    asked = compose(["task=words", "loss=clipped,fused,mse", "width=16,32", "seed=range(3)"])
    whole = designs.trials(asked, lambda params: tasks.load(params).hash)
    trials_of = trial_sources.trials_by_setting(asked)
    assert [trial for setting in designs.settings(asked) for trial in trials_of(setting)] == whole
    assert [trial.seed for trial in trials_of(asked.baseline)] == [0, 1, 2]
    assert trials_of(asked.baseline) is trials_of(asked.baseline)
