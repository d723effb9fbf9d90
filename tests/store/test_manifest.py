from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablate.core import json_values
from ablate.core.errors import StoreError
from ablate.core.study import Budget, Contrast, Execution, Factor, Level, Study
from ablate.outcomes.chance_level import Chance
from ablate.store import manifest
from ablate.store.manifest import Manifest

PUBLISHED = Path(__file__).parents[2] / "results" / "published"
CHANCE = Chance(rows=256, classes=10, majority=0.1, luck=0.1479, reference=0.97, score=0.9, shuffled=0.12, p=0.005)


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


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    path = manifest.write(record(), tmp_path / "s")
    assert path == tmp_path / "s" / "manifest.json"
    back = manifest.read(tmp_path / "s")
    assert back == record()
    assert [level.name for level in back.study.factors[0].levels] == ["low", "high"]
    before = path.read_bytes()
    manifest.write(back, tmp_path / "s")
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["manifest.json"]
    assert manifest.read(tmp_path / "s").chance["task"].count == 60


@pytest.mark.parametrize(("distinct", "count"), [(250, 60), (10, 58)])
def test_a_chance_level_of_earlier_versions_keeps_its_count(tmp_path: Path, distinct: int, count: int) -> None:
    path = manifest.write(record(), tmp_path / "s")
    value = json.loads(path.read_text())
    old = {"rows": 256, "distinct": distinct, "classes": 10, "majority": 0.1, "critical": 60, "band": 58}
    value["chance"]["task"] = {"inputs": "[]", "chance": {**old, "reference": 0.97, "initial_loss": 2.4}}
    path.write_text(json.dumps(value))
    found = manifest.read(tmp_path / "s").chance["task"]
    assert (found.count, found.rows, found.reference) == (count, 256, 0.97)
    assert "The best of 10,000 networks, untrained, reach up to that by luck." in found.text()


def test_the_published_copy_is_read_where_there_is_no_other(tmp_path: Path) -> None:
    manifest.write(record(), tmp_path / "report")
    assert manifest.read(tmp_path) == record()


def test_names_of_levels_outlive_the_study_that_gave_them() -> None:
    known = {"learning_rate": {"0.5": "old", "0.1": "another name"}, "gone": {"1": "one"}}
    names = manifest.level_names(study(), known)
    assert names["learning_rate"] == {"0.5": "old", "0.1": "high", "0.001": "low"}
    assert names["gone"] == {"1": "one"}


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*/report/manifest.json")), ids=lambda path: path.parts[-3])
def test_a_published_manifest_is_read_and_would_be_written_the_same(tmp_path: Path, path: Path) -> None:
    manifest.write(manifest.read(path.parents[1]), tmp_path)
    assert manifest.read(tmp_path) == manifest.read(path.parents[1])


def test_a_flipped_bit_in_a_factor_is_noticed(tmp_path: Path) -> None:
    path = manifest.write(record(), tmp_path)
    sound = path.read_bytes()
    for position in range(sound.rindex(b'"factors"'), sound.index(b'"name": "s"')):
        broken = bytearray(sound)
        broken[position] ^= 1 << position % 7
        path.write_bytes(broken)
        with suppress(StoreError):  # a flipped space may still be a space
            assert json_values.to_json(manifest.read(tmp_path).study) == json_values.to_json(study())


def test_a_later_semantics_is_refused_and_an_earlier_one_is_read(tmp_path: Path) -> None:
    path = manifest.write(record(), tmp_path)
    path.write_text(path.read_text().replace('"semantics": 2', '"semantics": 999'))
    with pytest.raises(
        StoreError, match=r"Received: SEMANTICS 999, not 2 or less, this version's\. The trials are in the shards"
    ):
        manifest.read(tmp_path)
    path.write_text(path.read_text().replace('"semantics": 999', '"semantics": 1'))
    assert manifest.read(tmp_path).semantics == 1


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


def test_the_file_is_made_to_be_read() -> None:
    record = Manifest(study=study(), chance={"x": CHANCE}, canary={}, versions={}, machine={}, started="now")
    lines = manifest.encoded(record).decode().splitlines()
    assert '  "question": "Why — and how?",' in lines
    keys = [line.partition(":")[0] for line in lines if line.startswith(' "')]
    assert keys == sorted(keys)


def test_the_machine_is_described_without_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest.os, "cpu_count", lambda: 6)
    assert manifest.machine()["cores"] == "6"
    monkeypatch.setattr(manifest.os, "cpu_count", lambda: None)
    assert manifest.machine()["cores"] == "1"
    monkeypatch.setattr(manifest, "Path", lambda _: Path("/no/such/file"))
    monkeypatch.setattr(manifest.platform, "processor", lambda: "")
    monkeypatch.setattr(manifest.platform, "machine", lambda: "arm64")
    assert manifest.machine()["processor"] == "arm64"
    monkeypatch.setattr(manifest.platform, "processor", lambda: "Apple M2")
    assert manifest.machine()["processor"] == "Apple M2"
