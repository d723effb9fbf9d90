"""Load a study's results: what statistics, tables, figures and notebooks read.

`load` reads states and the manifest, reads curves only when asked for, and never writes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablate.core import filesystem, notebook_view
from ablate.core.errors import StoreError
from ablate.core.filesystem import Place
from ablate.core.study import ALL_AT_ONCE, Study
from ablate.design import designs
from ablate.outcomes.curves import Curves
from ablate.results import trial_frame
from ablate.store.manifest import DESIGN, OWN, Manifest

if TYPE_CHECKING:
    import pandas as pd


SEARCH_FILE = "search.json"
"""The answer of `ablate search`, in the study's folder."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Results:
    """The trials that a study has stored so far.

    Attributes:
        folder: the study's folder, results_dir/study.
        manifest: the study as it was last swept, with versions, chance levels and the loss check.
        trials: one row a trial, sorted by setting (in the study's order of levels) and seed. Columns: `id` 16 hex
            digits; `seed` int; one column per factor of the study, ordered categories, the level's name; `state`
            ordered category (see `ablate.outcomes.states.STATES`); `time` steps to the first evaluation of the first
            sustained run above chance, NaN if there was none; `escaped` whether the state is `escaped`; `after_escape`
            whether a diverged trial had been above chance; `start_state` the state in which the trial's first phase
            ended, empty without one; `best_accuracy`, `final_accuracy` shares of the validation rows; `bad_step` first
            step with a non-finite tensor or -1; `bad_tensor` its name; `message` why a failed trial failed;
            `wall_seconds` its share of the run; `task_hash` the task whose chance level judged it.
        complete: whether curves can be read (False for published results without shards).
        parts: names of the published parts that the trials are from, for a study trained on several machines.
        left_out: reason (`ablate.results.trial_frame.REASONS`) -> number of the folder's stored trials that the study,
            as it was last swept, does not plan.
        planned: number of trials that the study asks for; None where results decide that, as in a search.
        programs: (signature as JSON, trials) of every compiled program behind these trials, most trials first.
    """

    folder: Place
    manifest: Manifest
    trials: pd.DataFrame
    complete: bool = True
    parts: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    planned: int | None = None
    programs: tuple[tuple[str, int], ...] = ()

    @property
    def study(self) -> Study:
        """Return the study these trials belong to."""
        return self.manifest.study

    @property
    def others(self) -> int:
        """Return the number of stored trials that the study, as it was last swept, does not plan."""
        return sum(self.left_out.values())

    @property
    def searched(self) -> bool:
        """Return whether a search chose the settings by their results (`ablate search` wrote SEARCH_FILE)."""
        return filesystem.is_file(self.folder / SEARCH_FILE)

    @property
    def varying(self) -> tuple[str, ...]:
        """Return the names of the factors that differ between trials, in the study's order."""
        return tuple(factor.name for factor in self.study.factors if len(self.trials[factor.name].unique()) > 1)

    def curves(self, ids: Iterable[str] | None = None) -> dict[str, Curves]:
        """Return curves by trial id, of all trials or of those given; empty where only published tables exist."""
        if not self.complete:
            return {}
        from ablate import store

        return store.read_curves(self.folder, None if ids is None else list(ids))

    def table(self, by: Sequence[str] | None = None) -> pd.DataFrame:
        """Return one row per setting, or per group of settings; see `ablate.results.settings_table.table`.

        Args:
            by: factors whose levels make the groups; every factor that varies by default.

        Raises:
            ConfigError: `by` names a factor that the study does not have.
        """
        from ablate.results import settings_table

        return settings_table.table(self, by)

    def __repr__(self) -> str:
        return f"<Results of {self.study.name}: {len(self.trials):,} trials in {self.folder}>"

    def _repr_html_(self) -> str:
        head = notebook_view.preformatted(f"{self!r}\n{self.study.question}".strip())
        return head + self.table().to_html(max_rows=40)


def load(path: str | Place, record: Manifest | None = None) -> Results:
    """Load the results in a study's folder, e.g. `results/blog`.

    The shards are read. Where there are none (a fresh clone), `load` reads the published `parts/*/trials.parquet`, or
    else `report/trials.parquet`. A part holds the trials of one machine, copied from its report.

    Args:
        path: the study's folder.
        record: what the study is; None: what its folder says.

    Raises:
        StoreError: the folder holds no study or no trial, or none of its trials belongs to the study.
    """
    from ablate import store
    from ablate.store import manifest

    folder = filesystem.place(path)
    record = record or manifest.read(folder)
    states = store.read_states(folder)
    settings = None if record.source == OWN else designs.settings(record.study)
    planned = None
    if settings is not None and record.study.spending["kind"] == ALL_AT_ONCE:
        planned = len(settings) * len(record.study.seeds)
    if len(states):
        # Manifests of older versions do not tell whether the design decided.
        within = settings if record.source == DESIGN else None
        trials, left_out = trial_frame.stored(states, record.study, record.data, settings=within)
        if not len(trials):
            raise StoreError(_none_belongs(folder, states, record.study, left_out))
        counts = states.loc[states["id"].isin(trials["id"]), "signature"].value_counts()
        programs = sorted(
            ((str(text), int(count)) for text, count in counts.items()), key=lambda one: (-one[1], one[0])
        )
        return Results(
            folder=folder,
            manifest=record,
            trials=trials,
            left_out=left_out,
            planned=planned,
            programs=tuple(programs),
        )
    parts = _parts(folder)
    paths = list(parts.values()) or [folder / "report" / "trials.parquet"]
    if not filesystem.is_file(paths[0]):
        raise StoreError(f"There must be trials in {folder}. Received a study without any: run `ablate sweep` first.")
    trials = _published(paths, record.study)
    return Results(folder=folder, manifest=record, trials=trials, complete=False, parts=tuple(parts), planned=planned)


def _none_belongs(folder: Place, states: pd.DataFrame, study: Study, left_out: Mapping[str, int]) -> str:
    absent = trial_frame.absent_factors(states, study)
    named = f" (no stored trial has the factor {', '.join(absent)})" if absent else ""
    return (
        f"The trials stored in {folder} must belong to the study in its manifest.json. Received {len(states)} trials, "
        f"none of them of this study: {trial_frame.reasons(left_out)}{named}. Run `ablate sweep` again with the "
        "study's command; it trains what is missing and writes a new manifest."
    )


def _parts(folder: Place) -> dict[str, Place]:
    """Return the published trials of each part, by the part's name."""
    paths = {name: folder / "parts" / name / "trials.parquet" for name in filesystem.folders(folder / "parts")}
    return {name: path for name, path in paths.items() if filesystem.is_file(path)}


def _published(paths: Sequence[Place], study: Study) -> pd.DataFrame:
    """Return the trials of these files; if several files hold a trial, the first file's row counts."""
    import pandas as pd
    import pyarrow as pa

    frames = []
    for path in paths:
        try:
            # Arrow's threads may make the process abort or hang at its end, if they read a Python file.
            frames.append(pd.read_parquet(io.BytesIO(filesystem.read(path)), use_threads=False))
            trial_frame.published(frames[-1].copy(), study)
        except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(
                f"{path} must be the trials that a report published. It cannot be read: {type(error).__name__}: "
                f"{error}. Restore the file, or train the study again."
            ) from error
    return trial_frame.published(pd.concat(frames).drop_duplicates("id") if frames[1:] else frames[0], study)
