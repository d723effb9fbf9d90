"""Merge small shards at the end of a sweep, and derive outcomes anew when the chance rule has changed.

Both write the new shard before they delete the old ones. After a kill at any moment every trial is still there, perhaps
twice with equal bits, and is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ablate.core import filesystem
from ablate.core.filesystem import Place
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import Outcome
from ablate.store import shards
from ablate.store.curve_rows import curves_of
from ablate.store.reading import pair, read_columns
from ablate.store.records import STATES_COLUMNS, outcome_columns
from ablate.store.row_choice import choose
from ablate.store.shards import DamagedShardError, Shard
from ablate.store.upkeep import orphans

TRIALS = 50_000
"""A compacted file holds at most this many trials."""


def compact(folder: str | Place, *, trials: int = TRIALS) -> int:
    """Merge small shards into files of up to `trials` trials, and return how many shards there are then.

    Damaged shards, and states whose curves are gone, are left as they are.

    Args:
        folder: the study's folder; the caller holds its lock.
        trials: most trials in one file.

    Raises:
        ConflictError: one id has different bits; nothing is deleted then.
    """
    folder = filesystem.place(folder)
    group: list[tuple[Shard, Any, Any]] = []
    count = 0
    for shard in shards.listing(folder):
        try:
            states, curves = pair(shard)
        except DamagedShardError:
            continue
        if states.num_rows >= trials:
            continue
        if count + states.num_rows > trials:
            _merge(folder, group)
            group, count = [], 0
        group.append((shard, states, curves))
        count += states.num_rows
    _merge(folder, group)
    for path in orphans(folder):
        filesystem.delete(path)
    return len(shards.listing(folder))


def _merge(folder: Place, group: Sequence[tuple[Shard, Any, Any]]) -> None:
    """Replace the shards by one; leave a single shard as it is."""
    import pyarrow as pa

    if len(group) < 2:
        return
    states = pa.concat_tables([states for _, states, _ in group]).unify_dictionaries()
    curves = pa.concat_tables([curves for _, _, curves in group], promote_options="default").unify_dictionaries()
    rows = choose(states)
    if len(rows) < states.num_rows:
        states, curves = states.take(rows), curves.take(rows)
    _replace(folder, [shard for shard, _, _ in group], states, curves)


def _replace(folder: Place, old: Sequence[Shard], states: Any, curves: Any) -> None:
    shards.write(folder, shards.new_stamp(), states.combine_chunks(), curves.combine_chunks())
    for shard in old:
        shards.remove(shard)


def reread(folder: str | Place, rules: Mapping[str, str], outcome_of: Callable[[str, Curves], Outcome]) -> int:
    """Derive stored outcomes anew where another chance rule derived them; return how many.

    Args:
        folder: the study's folder; the caller holds its lock.
        rules: per task hash, the name of the rule that holds now; trials of other tasks are left alone.
        outcome_of: task hash, curves -> outcome under that rule.
    """
    folder = filesystem.place(folder)
    count = 0
    for shard in shards.listing(folder):
        try:
            states = read_columns(shard, STATES_COLUMNS)
        except DamagedShardError:
            continue
        tasks = states.column("task_hash").to_pylist()
        old = states.column("rule").to_pylist()
        rows = [row for row, task in enumerate(tasks) if task in rules and rules[task] != old[row]]
        if rows and shard.curves is not None:
            states, curves = pair(shard)
            _replace(folder, [shard], _derived(states, curves, rows, rules, outcome_of), curves)
            count += len(rows)
    return count


def _derived(
    states: Any,
    curves: Any,
    rows: Sequence[int],
    rules: Mapping[str, str],
    outcome_of: Callable[[str, Curves], Outcome],
) -> Any:
    """Return the states table with the outcomes of these rows computed again."""
    import pyarrow as pa

    tasks = states.column("task_hash").to_pylist()
    chosen = curves_of(curves.take(list(rows)))
    outcomes = [outcome_of(tasks[row], trial) for row, trial in zip(rows, chosen, strict=True)]
    fresh = outcome_columns(outcomes, [rules[tasks[row]] for row in rows])
    for name, values in fresh.items():
        column = states.column(name).to_pylist()
        new = values if isinstance(values, list) else values.to_pylist()
        for row, value in zip(rows, new, strict=True):
            column[row] = value
        index = states.column_names.index(name)
        states = states.set_column(index, name, pa.array(column, states.schema.field(name).type))
    return states
