"""A study's results as tidy frames: what statistics, tables, figures and notebooks read.

`load` is the only way in; it reads states and the manifest, never curves, and never writes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ablate.core import filesystem, json_values
from ablate.core.errors import ConfigError, StoreError, unknown
from ablate.core.filesystem import Place
from ablate.core.study import SEQUENTIAL, Factor, Json, Study, canonical
from ablate.outcomes.curves import Curves
from ablate.results import start_states
from ablate.stats import seed_spending

if TYPE_CHECKING:
    import pandas as pd

    from ablate.store.manifest import Manifest

OUTCOME_COLUMNS = (
    "state",
    "time",
    "escaped",
    "after_escape",
    "start_state",
    "best_accuracy",
    "final_accuracy",
    "bad_step",
    "bad_tensor",
    "message",
    "wall_seconds",
    "task_hash",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Results:
    """What a study has found so far.

    Attributes:
        folder: results_dir/study.
        manifest: the study as it was swept, with versions, chance rule and canary.
        trials: one row a trial, sorted by setting (in the study's order of levels) and seed. Columns:
            `id` 16 hex digits; `seed` int; one column per factor of the study, ordered categories, the level's name;
            `state` ordered category (see `ablate.outcomes.states.STATES`); `time` steps to the first look of the first
            sustained run above chance, NaN if there was none; `escaped` whether the state is `escaped`;
            `after_escape` whether a diverged trial had been above chance; `start_state` how the first phase of a
            trial with one ended, else empty; `best_accuracy`, `final_accuracy` shares of the probe; `bad_step` first
            step with a non-finite tensor or -1; `bad_tensor` its name; `message` why a failed trial failed;
            `wall_seconds` its share of the run; `task_hash` which task's chance level judged it.
        complete: whether curves are at hand (False for published results without shards).
        parts: names of the published parts that the trials are from, for a study trained on several machines.
        others: stored trials of the folder that the study as it was last asked for does not plan.
        programs: (signature as JSON, trials) of every compiled program behind these trials, most trials first.
    """

    folder: Place
    manifest: Manifest
    trials: pd.DataFrame
    complete: bool = True
    parts: tuple[str, ...] = ()
    others: int = 0
    programs: tuple[tuple[str, int], ...] = ()

    @property
    def study(self) -> Study:
        """The study these trials belong to."""
        return self.manifest.study

    @property
    def varying(self) -> tuple[str, ...]:
        """Names of the factors that differ between trials, in the study's order."""
        return tuple(factor.name for factor in self.study.factors if len(self.trials[factor.name].unique()) > 1)

    def curves(self, ids: Iterable[str] | None = None) -> dict[str, Curves]:
        """Curves by trial id, of all trials or of the given ones; empty where only published tables exist."""
        if not self.complete:
            return {}
        from ablate import store

        return store.read_curves(self.folder, None if ids is None else list(ids))


def load(path: str | Place) -> Results:
    """The results in a study's folder, e.g. `results/blog`.

    Reads the shards; where there are none (a fresh clone), the published `parts/*/trials.parquet`, or else
    `report/trials.parquet`. A part is what one machine has trained, copied from its report.

    Raises:
        StoreError: there is no study there, or nothing was ever trained.
    """
    from ablate import store
    from ablate.store import manifest

    folder = filesystem.place(path)
    record = manifest.read(folder)
    states = store.read_states(folder)
    if len(states):
        trials = tidy(states, record.study)
        counts = states.loc[states["id"].isin(trials["id"]), "signature"].value_counts()
        programs = sorted(
            ((str(text), int(count)) for text, count in counts.items()), key=lambda one: (-one[1], one[0])
        )
        others = len(states) - len(trials)
        return Results(folder=folder, manifest=record, trials=trials, others=others, programs=tuple(programs))
    parts = _parts(folder)
    published = list(parts.values()) or [folder / "report" / "trials.parquet"]
    if not filesystem.is_file(published[0]):
        raise StoreError(f"There must be trials in {folder}. Received a study without any: run `ablate sweep` first.")
    trials = _published(published, record.study)
    return Results(folder=folder, manifest=record, trials=trials, complete=False, parts=tuple(parts))


def tidy(states: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The store's rows as `Results.trials`: level names for parameters, in the study's order.

    Rows that the study does not plan (other levels, seeds, budget or engine) are left out.
    """
    import numpy as np
    import pandas as pd

    codes, settings = pd.factorize(states["factors"])
    columns: dict[str, object] = {"id": states["id"].to_numpy(), "seed": states["seed"].to_numpy()}
    params = [_params(text) for text in settings]
    inside = np.ones(len(params), dtype=bool)
    for factor in study.factors:
        own = _levels(factor, params)
        inside &= [belongs for _, belongs in own]
        names = [name for name, _ in own]
        columns[factor.name] = pd.Categorical(names, categories=_categories(factor, names), ordered=True)[codes]
    columns |= {name: states[name].to_numpy() for name in OUTCOME_COLUMNS if name != "escaped"}
    frame = pd.DataFrame(columns)
    planned = inside[codes] & states["seed"].isin(study.pool).to_numpy() & (states["engine"] == study.engine).to_numpy()
    planned &= (states["steps"] == study.budget.steps).to_numpy() & (states["looks"] == study.budget.looks).to_numpy()
    return _typed(frame[planned], study)


def _params(text: str) -> dict[str, Json]:
    """The parameters by factor that a stored text says."""
    try:
        return json_values.mapping(json.loads(text))
    except (ValueError, TypeError) as error:
        raise StoreError(f"A stored setting must be JSON, parameters by factor. Received: {text!r:.80}.") from error


def level_name(factor: Factor, params: Json) -> str:
    """The study's name for these parameters, or their canonical JSON where the study has none."""
    text = canonical(params)
    for level in factor.levels:
        if level.text == text:
            return level.name
    return text


def table(results: Results, by: Sequence[str] | None = None) -> pd.DataFrame:
    """One row per setting, or per group of settings: counts by state, escape rate with its 95 % interval, median time.

    Columns: the grouping factors by level name (every varying one by default), `start` and `start_state` wherever
    trials start from more than fresh weights (prevention and rescue are never pooled), `n` trials, one column per
    state, `escape_rate`, `low`, `high`, `median_time` in steps, NaN when fewer than half escape. Where seeds were spent
    sequentially, a setting's `low` and `high` are the confidence sequence's, valid at whatever number it stopped.

    Raises:
        ConfigError: `by` names a factor the study does not have.
    """
    from ablate.outcomes.states import STATES
    from ablate.stats import rates

    names = [factor.name for factor in results.study.factors]
    for name in by or ():
        if name not in names:
            raise ConfigError(unknown("factor", name, names))
    keys = list(dict.fromkeys(by or results.varying or names[:1]))
    keys += [key for key in apart(results) if key not in keys]
    trials = start_states.alike(results.study, results.trials)
    found = rates.table(trials, keys).rename(columns={"rate": "escape_rate"})
    if results.study.spending["kind"] == SEQUENTIAL and set(results.varying) <= set(keys):
        # An interval of fixed size does not hold at a number of seeds that the results themselves chose.
        found["low"], found["high"] = seed_spending.claim(results.study).bounds(
            found["escaped"].to_numpy(), found["n"].to_numpy()
        )
    found = found.merge(_median_times(trials, keys), on=keys, how="left", validate="1:1")
    shown = [*keys, "n", *STATES, "escape_rate", "low", "high", "median_time"]
    return found.sort_values(keys, kind="stable")[shown].reset_index(drop=True)


def apart(results: Results) -> list[str]:
    """The columns no rate may be pooled over: `start` if it varies, `start_state` if a first phase is the trap."""
    keys = ["start"] if "start" in results.varying else []
    told = start_states.alike(results.study, results.trials)["start_state"]
    return keys + (["start_state"] if (told != "").any() else [])


def _median_times(trials: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Per group, the step by which half of its trials had escaped for good; NaN if fewer than half did."""
    times = trials["time"].where(trials["escaped"], float("inf"))
    # The lower median: with an even number of trials, half of them have escaped by it.
    middle = times.groupby([trials[key] for key in keys], observed=True).quantile(0.5, interpolation="lower")
    return middle.replace(float("inf"), float("nan")).rename("median_time").reset_index()


def _levels(factor: Factor, params: Sequence[dict[str, Json]]) -> list[tuple[str, bool]]:
    """Per stored setting the level's name, and whether the study names it (a fixed factor's is its baseline)."""
    neutral = _neutral(factor.name)
    named = {factor.baseline.text, *(level.text for level in factor.levels)}
    known: dict[str, tuple[str, bool]] = {}
    found = []
    for row in params:
        own = row.get(factor.name, neutral)
        key = repr(own)
        if key not in known:
            known[key] = level_name(factor, own), canonical(own) in named
        found.append(known[key])
    return found


def _neutral(name: str) -> Json:
    """What a factor was before it existed: its neutral parameters."""
    from ablate.remedies import neutral

    return neutral().get(name)


def _categories(factor: Factor, names: Sequence[str]) -> list[str]:
    known = [level.name for level in factor.levels]
    return list(dict.fromkeys([*known, *sorted(set(names) - set(known))]))


def _typed(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    import pandas as pd

    from ablate.outcomes.states import STATES

    frame = frame.copy()
    frame["state"] = pd.Categorical(frame["state"], categories=list(STATES), ordered=True)
    frame["time"] = pd.to_numeric(frame["time"]).astype(float)
    frame["escaped"] = (frame["state"] == "escaped").to_numpy()
    for name in ("start_state", "bad_tensor", "message", "task_hash"):
        frame[name] = frame[name].fillna("").astype(str)
    names = [factor.name for factor in study.factors]
    frame = frame[["id", "seed", *names, *OUTCOME_COLUMNS]]
    return frame.sort_values([*names, "seed", "id"], kind="stable").reset_index(drop=True)


def _parts(folder: Place) -> dict[str, Place]:
    """The published trials of each part, by the part's name."""
    found = {name: folder / "parts" / name / "trials.parquet" for name in filesystem.folders(folder / "parts")}
    return {name: path for name, path in found.items() if filesystem.is_file(path)}


def _published(paths: Sequence[Place], study: Study) -> pd.DataFrame:
    """The trials of these files; of one that is in several of them, the first file's."""
    import pandas as pd
    import pyarrow as pa

    frames = []
    for path in paths:
        try:
            # A Python file on Arrow's threads: the process may abort or hang when it ends.
            frames.append(pd.read_parquet(io.BytesIO(filesystem.read(path)), use_threads=False))
            _as_published(frames[-1].copy(), study)
        except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(
                f"{path} must be the trials that a report published. It cannot be read: {type(error).__name__}: {error}"
            ) from error
    return _as_published(pd.concat(frames).drop_duplicates("id") if frames[1:] else frames[0], study)


def _as_published(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    import pandas as pd

    for factor in study.factors:
        names = (
            frame[factor.name].astype(str) if factor.name in frame else pd.Series([factor.baseline.name] * len(frame))
        )
        frame[factor.name] = pd.Categorical(names, categories=_categories(factor, list(names.unique())), ordered=True)
    empty: dict[str, str | int | bool] = {
        "message": "",
        "bad_tensor": "",
        "start_state": "",
        "task_hash": "",
        "bad_step": -1,
        "after_escape": False,
    }
    for name in OUTCOME_COLUMNS:
        if name not in frame and name != "escaped":
            frame[name] = empty.get(name, float("nan"))
    return _typed(frame, study)
