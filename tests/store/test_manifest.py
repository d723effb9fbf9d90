from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablate.core.errors import StoreError
from ablate.core.study import Budget, Contrast, Execution, Factor, Level, Study
from ablate.outcomes.chance_level import Chance
from ablate.store import manifest
from ablate.store.manifest import Manifest

CHANCE = Chance(
    rows=256,
    distinct=250,
    classes=10,
    majority=0.1,
    critical=54,
    band=60,
    reference=0.97,
    initial_loss=2.4,
    networks="[]",
)


def study() -> Study:
    low, high = Level(name="low", params=1e-3), Level(name="high", params=0.1)
    loss = Level(name="clipped", params={"kind": "clipped", "eps": 1e-30})
    return Study(
        name="s",
        factors=(
            Factor(name="learning_rate", levels=(low, high), baseline=high),
            Factor(name="loss", levels=(loss,), baseline=loss),
        ),
        seeds=(3, 1, 2**40),
        budget=Budget(steps=50, looks=5),
        designs=({"kind": "pairs", "factors": ["loss"]}, {"kind": "full"}),
        engine="reference",
        results_dir="elsewhere",
        question="Why — and how?",
        contrasts=(
            Contrast(factor="learning_rate", level="low", against="high", question="Slower?"),
            Contrast(factor="learning_rate", level="low", against="high", at={"loss": ["clipped"]}, expect="less"),
        ),
        command="ablate sweep study=s",
        execution=Execution(workers=3, fail_fast=True),
    )


def record() -> Manifest:
    return Manifest(
        study=study(),
        chance={"task": CHANCE},
        canary={"fused": [-1.0, 1.0]},
        versions={"numpy": "2"},
        machine={"cores": "2"},
        started="2026-01-01T00:00:00+00:00",
        level_names=manifest.level_names(study(), {}),
        shards=("states-x.parquet",),
    )


def test_a_study_comes_back_as_it_was() -> None:
    value = json.loads(json.dumps(manifest.study_to_json(study())))
    back = manifest.study_from_json(value)
    assert back == study()
    assert [level.name for level in back.factors[0].levels] == ["low", "high"]
    assert manifest.study_to_json(back) == value


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    path = manifest.write(record(), tmp_path / "s")
    assert path == tmp_path / "s" / "manifest.json"
    assert manifest.read(tmp_path / "s") == record()
    assert [each.name for each in path.parent.iterdir()] == ["manifest.json"]
    assert manifest.read(tmp_path / "s").chance["task"].count == 60


def test_the_published_copy_is_read_where_there_is_no_other(tmp_path: Path) -> None:
    manifest.write(record(), tmp_path / "report")
    assert manifest.read(tmp_path) == record()


def test_names_of_levels_outlive_the_study_that_gave_them() -> None:
    known = {"learning_rate": {"0.5": "old", "0.1": "another name"}, "gone": {"1": "one"}}
    names = manifest.level_names(study(), known)
    assert names["learning_rate"] == {"0.5": "old", "0.1": "high", "0.001": "low"}
    assert names["gone"] == {"1": "one"}


def test_no_study_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="ablate sweep"):
        manifest.read(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"format": 1}', '{"format": 2}', '"x"', "\0", "[" * 5000]
)
def test_what_is_no_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match=r"manifest\.json must be"):
        manifest.read(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
def test_a_fuzzed_manifest_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("m")
    content = json.loads(manifest.write(record(), folder).read_text())
    part = content if data.draw(st.booleans()) else content["study"]
    key = data.draw(st.sampled_from(sorted(part)))
    part[key] = data.draw(JSON)
    (folder / "manifest.json").write_text(json.dumps(content))
    # Anything but a study or a StoreError fails the test.
    with suppress(StoreError):
        assert isinstance(manifest.read(folder).study, Study)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match="must be"):
        manifest.read(tmp_path)


def test_machine_and_versions_say_something() -> None:
    assert int(manifest.machine()["cores"]) >= 1
    assert manifest.versions()["numpy"].count(".") >= 1
