"""Read a store: which trials are done, the table of states, and curves; every id once, or an error."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ablate.core import filesystem
from ablate.core.errors import StoreError
from ablate.core.filesystem import Place
from ablate.core.study import SEMANTICS
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import Outcome
from ablate.store import shards
from ablate.store.curve_rows import curves_of, digests
from ablate.store.records import FAILED, STATES_COLUMNS, WORDS, states_table
from ablate.store.row_choice import IDENTITY, choose
from ablate.store.shards import Damage, DamagedShardError, Shard

if TYPE_CHECKING:
    import pandas as pd

_T = TypeVar("_T")


def done(folder: str | Place) -> dict[str, str]:
    """Return the state, by id, of every trial whose states and curves are both stored; it need not be trained again.

    Raises:
        ConflictError: one id has different bits.
        StoreError: the shards cannot be read, or another SEMANTICS wrote them.
    """
    table = _current(filesystem.place(folder), IDENTITY, with_curves=True)
    return dict(zip(table.column("id").to_pylist(), table.column("state").to_pylist(), strict=True))


def ends(folder: str | Place) -> dict[str, tuple[str, float]]:
    """Return state and final accuracy, by id, of every trial that is done.

    Raises:
        ConflictError: one id has different bits.
        StoreError: the shards cannot be read, or another SEMANTICS wrote them.
    """
    table = _once(_states(filesystem.place(folder), (*IDENTITY, "final_accuracy"), with_curves=True))
    names, states, accuracy = (table.column(name).to_pylist() for name in ("id", "state", "final_accuracy"))
    return dict(zip(names, zip(states, accuracy, strict=True), strict=True))


def outcomes(folder: str | Place) -> dict[str, Outcome]:
    """Return how each trial ended, by id, if its states and curves are both stored.

    Raises:
        ConflictError: one id has different bits.
        StoreError: the shards cannot be read, or another SEMANTICS wrote them.
    """
    names = [field.name for field in dataclasses.fields(Outcome)]
    table = _current(filesystem.place(folder), tuple({*IDENTITY, *names}), with_curves=True)
    rows = zip(*(table.column(name).to_pylist() for name in names), strict=True)
    return {
        trial: Outcome(**dict(zip(names, row, strict=True)))
        for trial, row in zip(table.column("id").to_pylist(), rows, strict=True)
    }


def attempts(folder: str | Place) -> dict[str, int]:
    """Return how often each failed trial has been trained, by id."""
    table = _current(filesystem.place(folder), IDENTITY, with_curves=False)
    rows = zip(*(table.column(name).to_pylist() for name in ("id", "state", "attempt")), strict=True)
    return {name: attempt for name, state, attempt in rows if state == FAILED}


def read_states(folder: str | Place) -> pd.DataFrame:
    """Return how every stored trial ended: one row a trial, sorted by id; no rows if nothing is stored.

    Columns: `id`, `seed`, `factors` (canonical JSON of the resolved parameters by factor), `task_hash`, `steps`,
    `looks`, `engine`, `semantics`, `state`, `time` (steps; NaN if none), `after_escape`, `start_state`,
    `best_accuracy`, `final_accuracy`, `bad_step`, `bad_tensor`, `message`, `wall_seconds`, `signature` (JSON), `study`,
    `attempt`, `rule`, `digest`. Damaged files are named in a warning and left out; curves files are never opened.

    Raises:
        ConflictError: one id has different bits.
        StoreError: the shards cannot be read, or a later SEMANTICS wrote them.
    """
    import pandas as pd

    table = _once(_states(filesystem.place(folder), STATES_COLUMNS, with_curves=False)).sort_by("id")
    columns: dict[str, Any] = {}
    for name in STATES_COLUMNS:
        column = table.column(name)
        if name in WORDS:
            # Rows share their dictionary's text: a million settings in JSON would not fit otherwise.
            array = column.combine_chunks()
            words = np.array([*array.dictionary.to_pylist(), None], dtype=object)
            columns[name] = pd.Series(words[array.indices.to_numpy(zero_copy_only=False)], dtype=object)
        else:
            columns[name] = column.to_pandas(use_threads=False)
    return pd.DataFrame(columns)


def read_curves(folder: str | Place, ids: Iterable[str] | None = None) -> dict[str, Curves]:
    """Return curves by trial id.

    Args:
        folder: the study's folder.
        ids: the trials to read, all by default; ids that are not stored are left out of the result.

    Raises:
        ConflictError: one of the ids has different bits in two shards.
        StoreError: the shards cannot be read, or a later SEMANTICS wrote them.
    """
    wanted = None if ids is None else set(ids)
    study_folder = filesystem.place(folder)
    return settled(study_folder, lambda: _read_curves(study_folder, wanted))


def _read_curves(folder: Place, wanted: set[str] | None) -> dict[str, Curves]:
    import pyarrow as pa

    tables, trials, damages = [], list[Curves](), list[Damage]()
    for shard in shards.listing(folder):
        try:
            table = read_columns(shard, IDENTITY)
            names = table.column("id").to_pylist()
            rows = [row for row, name in enumerate(names) if wanted is None or name in wanted]
            if shard.curves is not None and len(rows):
                curves = shards.read(shard.curves)
                _check_ids(shard, table, curves)
                indices = pa.array(rows, pa.int64())
                table, curves = table.take(indices), curves.take(indices)
                _check_bits(shard, table, curves)
                trials += _curves(shard.curves, curves)
                tables.append(table)
        except DamagedShardError as error:
            damages.append(error.damage)
    _warn(folder, damages)
    if not tables:
        return {}
    return {trials[row].id: trials[row] for row in choose(pa.concat_tables(tables))}


def _curves(path: Place, table: Any) -> list[Curves]:
    """Return the curves of a shard's rows.

    Raises:
        DamagedShardError: a signature is not a JSON mapping.
    """
    try:
        return curves_of(table)
    except (ValueError, TypeError) as error:
        raise DamagedShardError(path, f"no curves ({type(error).__name__})") from error


def _check_ids(shard: Shard, states: Any, curves: Any) -> None:
    """Check that states and curves are of the same trials, row for row."""
    if not states.column("id").equals(curves.column("id")):
        raise DamagedShardError(shard.states, "its curves file holds other trials")


def _check_bits(shard: Shard, states: Any, curves: Any) -> None:
    """Check that the curves have the digests that the states hold: anybody can write a file with a right checksum."""
    pairs = zip(states.column("digest").to_pylist(), digests(curves), strict=True)
    if wrong := [row for row, (expected, actual) in enumerate(pairs) if expected != actual]:
        raise DamagedShardError(shard.states, f"its curves file holds other bits of {states['id'][wrong[0]]}")


def pair(shard: Shard) -> tuple[Any, Any]:
    """Return a shard's states and curves as pyarrow tables, row for row of the same trials.

    Raises:
        DamagedShardError: either is damaged, or they do not belong together.
    """
    states = read_columns(shard, STATES_COLUMNS)
    if shard.curves is None:
        raise DamagedShardError(shard.states, "its curves file is gone")
    curves = shards.read(shard.curves)
    _check_ids(shard, states, curves)
    _check_bits(shard, states, curves)
    return states, curves


def settled(folder: Place, read: Callable[[], _T]) -> _T:
    """Return what `read` returns; call it again if a compaction has replaced files meanwhile.

    Args:
        folder: the study's folder, for the error's text.
        read: reads shards; a missing file is a FileNotFoundError.

    Raises:
        StoreError: files came and went at every attempt.
    """
    for _ in range(20):
        try:
            return read()
        except FileNotFoundError:
            continue
    raise StoreError(
        f"The shards in {folder} must stay the same while they are read. They changed at every attempt: try again when "
        "no sweep works there."
    )


def _current(folder: Place, columns: Sequence[str], *, with_curves: bool) -> Any:
    """Return every trial's row once; refuse trials of an older SEMANTICS, because a sweep must not add to them.

    Raises:
        StoreError: a trial is of an older SEMANTICS.
    """
    table = _states(folder, (*columns, "semantics"), with_curves=with_curves)
    older = [semantics for semantics in table.column("semantics").unique().to_pylist() if semantics != SEMANTICS]
    if older:
        raise StoreError(
            f"New trials must be of the SEMANTICS of those in {folder}: {older[0]}. This version trains "
            f"by {SEMANTICS}. Use another `study=NAME` or `results_dir=PATH`; the older trials can still be reported."
        )
    return _once(table)


def _states(folder: Place, columns: Sequence[str], *, with_curves: bool) -> Any:
    """Return all rows of all sound states files, oldest shard first."""
    return settled(folder, lambda: _read_states(folder, columns, with_curves))


def _read_states(folder: Place, columns: Sequence[str], with_curves: bool) -> Any:
    import pyarrow as pa

    tables, damages = [states_table([], "").select(list(columns))], list[Damage]()
    for shard in shards.listing(folder):
        try:
            if shard.curves is not None or not with_curves:
                tables.append(read_columns(shard, columns))
        except DamagedShardError as error:
            damages.append(error.damage)
    _warn(folder, damages)
    try:
        return pa.concat_tables(tables).unify_dictionaries()
    except pa.ArrowInvalid as error:
        raise StoreError(f"The states in {folder} must have the same columns. Received: {error}.") from error


def read_columns(shard: Shard, columns: Sequence[str]) -> Any:
    """Return these columns of a shard's states.

    Args:
        shard: the shard.
        columns: names of columns.

    Raises:
        DamagedShardError: the file is damaged, or a column is missing.
    """
    table = shards.read(shard.states, columns)
    if missing := [name for name in columns if name not in table.column_names]:
        raise DamagedShardError(shard.states, f"its column {missing[0]!r} is missing")
    return table.select(list(columns))


def _warn(folder: Place, damages: Sequence[Damage]) -> None:
    if damages:
        names = "; ".join(map(str, damages))
        warnings.warn(f"Damaged shards in {folder} were left out (a sweep trains them again): {names}.", stacklevel=4)


def _once(table: Any) -> Any:
    """Return the table with every id once."""
    rows = choose(table)
    return table if len(rows) == table.num_rows else table.take(rows)
