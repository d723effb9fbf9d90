from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ablate import remedies
from ablate.commands.main import main
from ablate.core.errors import ConfigError
from ablate.core.study import Factor, Json, Level, Setting, Study
from ablate.design import designs
from ablate.design.kinds import KINDS
from tests.design.studies import FACTORS, START, group, number, sets, study
from tests.hydra_app import fake_multirun


def test_a_union_names_each_setting_once() -> None:
    one, listed = {"kind": "one_at_a_time"}, {"kind": "explicit", "settings": [{"loss": "mse", "width": 32}, {}]}
    assert sets(study(one, listed)) == [*sets(study(one)), {"loss": "mse", "width": "32"}]


def test_exclusions_leave_out_what_matches_all_of_them() -> None:
    own = study({"kind": "full", "exclude": [{"loss": ["fused", "mse"], "width": 32}]})
    found = sets(own)
    assert len(found) == 12 - 4
    assert not any(each.get("width") == "32" and each.get("loss") in ("fused", "mse") for each in found)
    assert {"width": "32"} in found
    assert {"loss": "mse"} in found


FUSSED = "Unknown level of `loss` in this study: 'fussed'. Did you mean 'fused'? Allowed: clipped, fused, mse."


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            {"kind": "ful"},
            (
                "Unknown kind of design: 'ful'. Did you mean 'full'? "
                "Allowed: explicit, fraction, full, leave_one_out, one_at_a_time, pairs, union."
            ),
        ),
        (
            {"kind": "full", "factor": ["loss"]},
            "Unknown option of design `full`: 'factor'. Did you mean 'factors'? Allowed: exclude, factors.",
        ),
        (
            {"kind": "full", "factors": ["los"]},
            (
                "Unknown factor in the design: 'los'. Did you mean 'loss'? "
                "Allowed: depth, learning_rate, loss, start, task, width."
            ),
        ),
        ({"kind": "full", "factors": {"loss": ["fussed"]}}, FUSSED),
        ({"kind": "full", "exclude": [{"loss": "fussed"}]}, FUSSED),
        ({"kind": "full", "exclude": ["loss"]}, "An exclusion must be a mapping of factor to level. Received: 'loss'."),
        (
            {"kind": "leave_one_out"},
            (
                "`design=leave_one_out` must have its full remedy set: `design.remedies={loss: fused, ...}`. "
                "Received none."
            ),
        ),
        (
            {"kind": "leave_one_out", "remedies": {"width": 64}},
            "Unknown level of `width` in this study: '64'. Allowed: 256, 32.",
        ),
        (
            {"kind": "explicit", "settings": []},
            (
                "A study must have at least one setting and one seed. This one has no trial: "
                "list at least one seed, and one setting in `design`."
            ),
        ),
        (
            {"kind": "explicit", "settings": ["loss"]},
            "A setting must be a mapping of factor to level. Received: 'loss'.",
        ),
        (
            {"kind": "full", "exclude": [{"depth": 2}]},
            "The design must leave at least one setting. It excludes every one: exclude fewer.",
        ),
    ],
)
def test_a_design_that_cannot_be_is_an_error(part: Json, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        designs.settings(study(part))
    assert str(caught.value) == message


@pytest.mark.parametrize("kind", ["full", "pairs"])
def test_an_absurd_size_is_refused_before_it_is_built(kind: str) -> None:
    many = tuple(number(name, *range(1, 2001)) for name in ("width", "batch_size", "depth"))
    with pytest.raises(
        ConfigError,
        match=r"^A study must have at most 10,000,000 trials. This one has up to [\d,]+: give fewer levels or seeds.$",
    ):
        designs.check_design(
            study({"kind": kind}, factors=(group("task", "digits"), START, *many), seeds=tuple(range(1000)))
        )


def test_the_largest_size_is_allowed_and_one_trial_more_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(designs, "LIMIT", 3 * 2 * 2 * 2)
    designs.check_design(study())
    monkeypatch.setattr(designs, "LIMIT", 3 * 2 * 2 * 2 - 1)
    with pytest.raises(ConfigError, match=r"at most 23 trials. This one has up to 24:"):
        designs.check_design(study())


def hash_of(params: Json) -> str:
    return f"hash of {params['kind']}"


def test_trials_are_settings_times_seeds_with_ids_of_their_own() -> None:
    trials = designs.trials(study(), hash_of)
    assert len(trials) == len({trial.id for trial in trials}) == 12 * 2
    assert {trial.seed for trial in trials} == {0, 1}
    assert all(trial.task_hash == "hash of digits" and len(trial.id) == 16 for trial in trials)


def test_the_id_knows_content_and_not_names() -> None:
    renamed = group("loss", "clipped", "fused", "mse")
    renamed = Factor(
        name="loss",
        levels=tuple(Level(name=f"my {level.name}", params=level.params) for level in renamed.levels),
        baseline=renamed.baseline,
    )
    others = tuple(renamed if factor.name == "loss" else factor for factor in reversed(FACTORS))
    assert {trial.id for trial in designs.trials(study(factors=others), hash_of)} == {
        trial.id for trial in designs.trials(study(), hash_of)
    }
    elsewhere = designs.trials(study(), lambda _: "other data")
    assert not {trial.id for trial in elsewhere} & {trial.id for trial in designs.trials(study(), hash_of)}


def test_more_levels_and_seeds_keep_the_ids_there_were() -> None:
    wider = tuple(number("width", 256, 32, 8) if factor.name == "width" else factor for factor in FACTORS)
    before = {trial.id for trial in designs.trials(study(), hash_of)}
    after = {trial.id for trial in designs.trials(study(factors=wider, seeds=(0, 1, 2)), hash_of)}
    assert before < after
    assert len(after) == 18 * 3


def test_a_factor_added_at_its_neutral_level_orphans_nothing_even_in_a_first_phase() -> None:
    neutral = remedies.neutral()["clipping"]

    def ids(setting: Mapping[str, Json], *extra: Factor) -> set[str]:
        params = {"kind": "collapsed", "after": {"setting": dict(setting), "steps": 5}, "optimizer": "fresh"}
        level = Level(name="collapsed", params=params)
        start = Factor(name="start", levels=(level,), baseline=level)
        factors = tuple(start if factor.name == "start" else factor for factor in (*FACTORS, *extra))
        return {trial.id for trial in designs.trials(study(factors=factors), hash_of)}

    level = Level(name="none", params=neutral)
    before = ids({"learning_rate": 0.03})
    assert before == ids(
        {"learning_rate": 0.03, "clipping": neutral}, Factor(name="clipping", levels=(level,), baseline=level)
    )
    assert before.isdisjoint(ids({"learning_rate": 0.3}))
    assert before.isdisjoint(ids({"learning_rate": 0.03, "clipping": {"kind": "norm", "value": 1.0}}))


def test_trials_of_chosen_settings_are_those_of_the_study() -> None:
    own = study()
    whole = {trial.id: trial for trial in designs.trials(own, hash_of)}
    for setting in designs.settings(own):
        for trial in designs.trials_of(own, [setting], hash_of):
            assert whole.pop(trial.id) == trial
    assert not whole


@pytest.mark.parametrize("command", ["plan", "sweep"])
def test_a_command_builds_its_design_once(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole, counts = KINDS["full"], []

    def build(own: Study, part: Json) -> Iterator[Setting]:
        counts.append(0)
        for setting in whole.build(own, part):
            counts[-1] += 1
            yield setting

    monkeypatch.setattr(designs, "PREVIEW", 1)
    monkeypatch.setitem(KINDS, "full", dataclasses.replace(whole, build=build))
    with fake_multirun.faked():
        assert (
            main([command, "task=words", "steps=20", "looks=10", "loss=clipped,fused,mse", "width=16,32", "seed=0"])
            == 0
        )
    assert counts[:2] == [1, 6], "the names are checked in one setting, then every setting is built"
    assert len(counts) == (3 if command == "sweep" else 2), "and once more to read what is stored"
