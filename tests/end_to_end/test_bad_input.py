"""What strangers and typing errors bring: a clear error or a right answer, never a traceback from the depths."""

from __future__ import annotations

import io
import shutil
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from ablate import configure, store, tasks
from ablate.core.errors import AblateError, StoreError, TaskError
from ablate.core.study import Study
from ablate.design import designs
from ablate.results import study_results
from ablate.store import shards
from ablate.tasks import csv, npz
from tests.store.stored_trials import files, put, record
from tests.store.test_manifest import record as manifest_record

KEYS = st.sampled_from(
    [*configure.factors(), "seed", "seeds", "steps", "looks", "engine", "design", "study", "workers", "memory", "a.b",
     "patience", "part", "executor", "fail_fast", "question", "contrasts", "results_dir", "experiment", "factors",
     "baseline", "task.path", "path", "label", "loss.eps", "optimizer.momentum", "start.after", "start.after.setting",
     "start.after.steps", "factors.loss", "hydra.run.dir", "hydra", "hydra/launcher", "~loss", "+loss", "++width",
     "loss@x", "design.parts", "design.exclude", "schedule.factor", "seeds.cap", "", "width.x", "~factors"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        ["fused", "clipped,fused", "1", "0", "-1", "1e-3", "1e999", "nan", "-inf", "null", "true", "off", "[]", "{}",
         "[1,2]", "{a: 1}", "{level: adam}", "range(3)", "range(0)", "range(1,5,0)", "range(10**9)", "glob(*)",
         "range(0,1,0.1)", "glob(x*)", "choice(1,2)", "interval(0,1)", "'a b'", "${width}", "${nope}", "${oc.env:HOME}",
         "${hydra:runtime.cwd}", "???", "int(3.5)", "a,b,a", "1,1", "1.0,1", "../../etc", "\\", "'", "${", "[", "}",
         "1" * 400, "digits", "full,pairs", "fraction", "explicit", "union", "reference", "sequential", "topped_up",
         "[{kind: full}]", "{kind: union, parts: [{kind: full}]}", "{kind: explicit, settings: [{loss: fused}]}",
         "{kind: explicit, settings: 3}", "{kind: x}", "[{factor: loss, level: fused, against: clipped}]", "[3]",
         "[{factor: loss}]", "{loss: [fused, clipped]}", "{loss: 3}", "{loss: null}", "{loss: {a: 1}}", "{nope: [1]}",
         "{width: [16, a]}", "[fused, [clipped]]", "{fused: clipped}", "-0.0", "18446744073709551616"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.floats().map(str),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(KEYS, VALUES).map("=".join) | st.text(max_size=10), min_size=1, max_size=3))
@example(["factors=digits"])
@example(["hydra/launcher=1"])
@example(["~loss=1e3"])
@example(["design={kind: explicit, settings: [{loss: fused}]}", "memory=-1"])
def test_any_overrides_are_a_study_or_refused(overrides: list[str]) -> None:
    with suppress(AblateError):
        found = configure.compose(overrides)
        assert isinstance(found, Study)
        assert all(len(setting.levels) == len(found.factors) for setting in designs.settings(found))


def archive(path: Path, x: np.ndarray, y: np.ndarray, *, compressed: bool) -> bytes:
    (np.savez_compressed if compressed else np.savez)(path, x=x, y=y)
    return path.read_bytes()


CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from([0, 1, 80, 255]) | st.integers(0, 255)),
    min_size=1,
    max_size=4,
)
CUT = st.none() | st.floats(0, 1)


def damaged(content: bytes, changes: list[tuple[float, int]], cut: float | None) -> bytes:
    """The bytes with some of them changed, perhaps cut short."""
    own = bytearray(content)
    for place, value in changes:
        own[int(place * len(own))] = value
    return bytes(own if cut is None else own[: int(cut * len(own))])


@settings(max_examples=300)
@given(changes=CHANGES, cut=CUT, compressed=st.booleans())
def test_a_damaged_archive_is_read_rightly_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[float, int]], cut: float | None, compressed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    x, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 3
    path.write_bytes(damaged(archive(path, x, y, compressed=compressed), changes, cut))
    with suppress(TaskError):
        found = npz.make(tasks.check_params({"kind": "npz", "path": str(path)}))
        # What zip's own checksum does not guard is the archive's table of contents, and that holds no number.
        assert found.inputs.tolist() == x.tolist()
        assert found.labels.tolist() == y.tolist()


def member(header: str, data: bytes) -> bytes:
    """An array file with any header, as no NumPy would write it."""
    text = header.encode("latin1") + b"\n"
    return npy.magic(1, 0) + len(text).to_bytes(2, "little") + text + data


HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (30, 2), }"


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"",
        *(
            member(HEADER.replace(old, new), np.arange(60.0).tobytes())
            for old, new in [
                ("<f8", "|O"), ("<f8", "<M8[s]"), ("<f8", "<c16"), ("'<f8'", "[('a', '<f8')]"), ("'<f8'", "3"),
                ("'<f8'", "'V8'"), ("(30, 2)", "30"), ("(30, 2)", "()"), ("30, 2", "2**70, 2"), ("30, 2", "-30, 2"),
                ("30, 2", "1000000000000, 2"), ("30, 2", "30.0, 2"), ("30, 2", "9" * 30 + ", 2"), ("30, 2", "31, 2"),
                ("30, 2", "1, " * 70), (HEADER, "{"), (HEADER, "(" * 3000), (HEADER, "__import__('os')"),
                (HEADER, "{'descr': '<f8'}"),
            ]
        ),
    ],
)  # fmt: skip
def test_members_that_are_no_arrays_of_numbers_are_refused(tmp_path: Path, content: bytes) -> None:
    path, labels = tmp_path / "odd.npz", io.BytesIO()
    np.save(labels, np.arange(30) % 3)
    for name in ("x.npy", "x"):
        with zipfile.ZipFile(path, "w") as made:
            made.writestr(name, content)
            made.writestr("y.npy", labels.getvalue())
        with pytest.raises(TaskError):
            npz.make(tasks.check_params({"kind": "npz", "path": str(path)}))


def test_a_number_too_large_for_a_double_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "long.npz"
    np.savez(path, x=np.full((9, 2), np.longdouble("1e4000")), y=np.arange(9) % 3)
    found = tasks.check(tasks.load({"kind": "npz", "path": str(path)}))
    assert "infinity, or a number beyond 3.4e38" in found[0].what


TABLE = "label,a,b\n" + "".join(f"{row % 3},{row / 2},{row}\n" for row in range(30))
PIECES = st.sampled_from(
    ['"', ",", "\n", "\r", "\0", "1e999", "nan", "inf", "-", "\ufeff", "label", "'", "1e-400", "0x10", " ", "\t", ";",
     "é", "\x1d", "\x85", "a" * 140_000]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.tuples(st.floats(0, 1), PIECES, st.integers(0, 5)), min_size=1, max_size=4), CUT)
@example([(0.5, "\x1d", 1)], None)
def test_a_damaged_table_is_read_rightly_or_refused(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[float, str, int]], cut: float | None
) -> None:
    path, text = tmp_path_factory.getbasetemp() / "damaged.csv", TABLE
    for place, piece, dropped in edits:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + dropped :]
    content = text.encode()
    path.write_bytes(content if cut is None else content[: int(cut * len(content))])
    with suppress(TaskError):
        found = csv.make(tasks.check_params({"kind": "csv", "path": str(path)}))
        ours = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, skip_blank_lines=True)
        assert len(found.labels) == len(ours)
        assert found.inputs.shape == (len(ours), len(ours.columns) - 1)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two shards."""
    folder = tmp_path_factory.mktemp("sound")
    put(folder, [record(number, "failed" if number % 5 == 0 else "escaped") for number in range(12)])
    put(folder, [record(number) for number in range(12, 20)])
    return folder


READS: tuple[Callable[[Path], Any], ...] = (
    store.read_states, store.read_curves, store.done, store.outcomes, store.attempts, store.inspect, store.compact,
    store.read_states, store.read_curves,
)  # fmt: skip


def read_all(folder: Path) -> None:
    """Reads in every way; what is there must be what was stored, and the other shard must be there."""
    wanted = {record(number).trial.id: store.digest(record(number).curves) for number in range(20) if number % 5}
    for read in READS:
        with warnings.catch_warnings(), suppress(StoreError):
            warnings.simplefilter("ignore", UserWarning)
            assert read(folder) is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = {name: store.digest(own) for name, own in store.read_curves(folder).items()}
    assert len(found) >= 8
    assert all(found[name] == wanted[name] for name in found.keys() & wanted)


def renamed(path: Path, content: bytes) -> None:
    """Puts content in a shard's place under the name that its checksum gives: a stranger can do so."""
    kind, stamp = path.name.split("-", 1)[0], "-".join(path.name.split("-")[1:3])
    path.unlink()
    path.with_name(f"{kind}-{stamp}-{shards.checksum(content)}.parquet").write_bytes(content)


@settings(max_examples=60)
@given(which=st.integers(0, 3), changes=CHANGES, cut=CUT)
def test_a_forged_shard_is_left_out(
    tmp_path_factory: pytest.TempPathFactory, sound: Path, which: int, changes: list[tuple[float, int]], cut: float
) -> None:
    folder = tmp_path_factory.getbasetemp() / "forged"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound, folder)
    path = [*files(folder, "states"), *files(folder, "curves")][which]
    content = path.read_bytes()
    # The numbers themselves anybody may forge: only what says how to read them is changed here.
    tail = int.from_bytes(content[-8:-4], "little") + 8
    renamed(path, content[:-tail] + damaged(content[-tail:], changes, cut))
    read_all(folder)


def test_a_forged_footer_gives_no_other_curves_whichever_byte_is_changed(tmp_path: Path) -> None:
    put(tmp_path, [record(number) for number in range(4)])
    wanted = {record(number).trial.id: store.digest(record(number).curves) for number in range(4)}
    (path,) = files(tmp_path, "curves")
    content = path.read_bytes()
    tail = int.from_bytes(content[-8:-4], "little") + 8
    told = set()
    for place in range(len(content) - tail, len(content)):
        renamed(path, content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        (path,) = files(tmp_path, "curves")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            with suppress(StoreError):
                assert {name: store.digest(own) for name, own in store.read_curves(tmp_path).items()} in ({}, wanted)
        told |= {word for each in caught for word in ("other bits", "not a shard") if word in str(each)}
    assert told == {"other bits", "not a shard"}


def test_curves_under_another_name_are_left_out_by_every_reader_and_set_aside(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    (path,) = files(tmp_path, "curves")
    renamed(path, path.read_bytes().replace(b"signal.loss", b"signal.lass"))
    put(tmp_path, [record(2)])
    with pytest.warns(UserWarning, match="other bits of 0000000000000001"):
        assert list(store.read_curves(tmp_path)) == [record(2).trial.id]
    put(tmp_path, [record(3)])
    assert store.compact(tmp_path) == 2, "the sound shards become one, the forged one stays apart"
    store.set_aside(tmp_path, store.inspect(tmp_path))
    assert sorted(store.done(tmp_path)) == [record(2).trial.id, record(3).trial.id]


ODD: tuple[Callable[[int], Any], ...] = (
    lambda rows: pa.array([2**40] * rows, pa.int64()),
    lambda rows: pa.array(["x"] * rows),
    lambda rows: pa.array(["x"] * rows).dictionary_encode(),
    lambda rows: pa.nulls(rows),
    lambda rows: pa.array([[1.0]] * rows),
    lambda rows: pa.array([{"a": 1}] * rows),
)


@settings(max_examples=60)
@given(which=st.integers(0, 3), column=st.integers(0, 40), how=st.none() | st.sampled_from(range(len(ODD))))
def test_a_shard_with_other_columns_is_left_out(
    tmp_path_factory: pytest.TempPathFactory, sound: Path, which: int, column: int, how: int | None
) -> None:
    folder = tmp_path_factory.getbasetemp() / "odd"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound, folder)
    path = [*files(folder, "states"), *files(folder, "curves")][which]
    table = shards.read(path)
    place = column % table.num_columns
    name = table.column_names[place]
    kept = table.remove_column(place)
    table = kept if how is None else kept.add_column(place, name, ODD[how](table.num_rows))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    renamed(path, sink.getvalue().to_pybytes())
    with warnings.catch_warnings(), suppress(StoreError):
        warnings.simplefilter("ignore", UserWarning)
        for read in READS:
            assert read(folder) is not None
    assert len(files(folder, "states")) >= 1


@settings(max_examples=60)
@given(changes=CHANGES, cut=CUT)
def test_published_trials_that_are_damaged_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[float, int]], cut: float | None
) -> None:
    from ablate.store import manifest

    folder = tmp_path_factory.getbasetemp() / "published"
    (folder / "report").mkdir(parents=True, exist_ok=True)
    manifest.write(manifest_record(), folder)
    frame = pd.DataFrame({"id": ["a", "b"], "seed": [0, 1], "state": ["stuck", "escaped"], "time": [np.nan, 40.0]})
    path = folder / "report" / "trials.parquet"
    frame.to_parquet(path, index=False)
    path.write_bytes(damaged(path.read_bytes(), changes, cut))
    with suppress(StoreError):
        assert len(study_results.load(folder).trials) == 2


def test_blanks_of_any_kind_around_a_number_are_blanks(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("label,a\n" + "".join(f"{row % 3},\x1d{row}.5 \n" for row in range(30)))
    found = csv.make(tasks.check_params({"kind": "csv", "path": str(tmp_path / "t.csv")}))
    assert found.inputs.ravel().tolist() == [row + 0.5 for row in range(30)]
