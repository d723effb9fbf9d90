"""Search a study for sufficient remedy sets instead of training every setting.

`search` is what `ablate search` and `ablate.search` call.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache

from ablate import tasks
from ablate.core import filesystem
from ablate.core.notebook_view import preformatted
from ablate.core.study import ALL_AT_ONCE, TASK, Json, Setting, Study
from ablate.remedy_search import answer, answer_text, export, objectives, samplers, searchers, space, storage
from ablate.remedy_search.arms import Arm
from ablate.remedy_search.cells import Batch
from ablate.remedy_search.options import Search
from ablate.remedy_search.searchers import Searcher
from ablate.remedy_search.space import Space
from ablate.runner import study_folder, sweep, trial_sources
from ablate.runner.progress import Event, Note, display
from ablate.runner.summary import Summary


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class SearchResult:
    """What a search has found, as far as it went.

    Attributes:
        summary: what the sweep behind the search did; `summary.stopped` names the signal that interrupted it.
        answer: the content of search.json: arms, claims, Pareto set, smallest sufficient sets, what was not explored.
        settings_exported: settings that this search wrote to the Optuna storage.
        storage: the storage's URL without its password; empty if there is none.
    """

    summary: Summary
    answer: Json
    settings_exported: int
    storage: str

    @property
    def smallest(self) -> tuple[tuple[str, ...], ...]:
        """Return the smallest sets that fresh seeds confirmed, as overrides, fewest changes first."""
        return tuple(tuple(claim["overrides"]) for claim in self.answer["smallest"])

    def text(self) -> str:
        """Return what was found, in words."""
        lines = [answer_text.text(self.answer)]
        if self.storage:
            written = f"{self.settings_exported:,} settings written"
            lines.append(f"Optuna: {written}; see them with {storage.dashboard()} {self.storage}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        state = f"stopped by {self.summary.stopped}" if self.summary.stopped else "finished"
        return f"<SearchResult of {self.summary.study}: {state}, {len(self.smallest)} sufficient sets>"

    def _repr_html_(self) -> str:
        return preformatted(f"{self.summary.text()}\n{self.text()}")


def search(study: Study, options: Search, *, on_event: Callable[[Event], None] | None = None) -> SearchResult:
    """Search a study, and write trials, answer and report into its folder.

    Args:
        study: the study whose factors are searched.
        options: how to search.
        on_event: called with each note and each report of progress; None shows them on standard output.

    Raises:
        ConfigError: the search is impossible; nothing was written.
    """
    searched_space = space.of(study, options.factors)
    samplers.check_sampler(options.sampler, searched_space)
    url = storage.storage_of(study, options.storage)
    storage.check_storage(url)
    planned = with_fresh_seeds(study, options)
    with ExitStack() as stack:
        tell = on_event if on_event is not None else stack.enter_context(display())
        tell(Note(_size(searched_space, options)))
        out = export.Export(url=url, name=study.name, names=options.objectives, tell=lambda text: tell(Note(text)))
        stack.callback(out.close)
        source = searcher(
            planned,
            searched_space,
            options,
            on_close=_export_and_tell(out, tell),
            on_end=lambda ended: _write_answer(ended, planned),
        )
        summary = sweep.sweep(planned, source=source, on_event=tell)
    return SearchResult(
        summary=summary,
        answer=_write_answer(source, planned),
        settings_exported=out.written,
        storage=storage.hidden(url) if url else "",
    )


def _size(searched_space: Space, options: Search) -> str:
    return (
        f"Searching {searched_space.size:,} settings: at most {options.trials:,} trials, and as many of random "
        "settings for comparison. Ctrl-C keeps what is trained; the same command goes on."
    )


def with_fresh_seeds(study: Study, options: Search) -> Study:
    """Return the study with the seeds of the search, followed by fresh ones on which claims are tested.

    Args:
        study: the study; the search uses its first seeds.
        options: how to search: the last of `blocks` is the number of its seeds, `confirm` of fresh ones.
    """
    from ablate.stats.confirmation import other_seeds

    seeds = study.seeds[: options.blocks[-1]]
    fresh = other_seeds(study.seeds, options.confirm)
    return dataclasses.replace(study, seeds=(*seeds, *fresh), spending={"kind": ALL_AT_ONCE})


def searcher(
    study: Study,
    searched_space: Space,
    options: Search,
    *,
    on_close: Callable[[Arm, Batch], None] = lambda *_: None,
    on_end: Callable[[Searcher], None] = lambda _: None,
) -> Searcher:
    """Return the source of the sweep: the search, and random settings at the same budget.

    Args:
        study: the study, as `with_fresh_seeds` returns it.
        searched_space: its space.
        options: how to search.
        on_close: called with each batch that is closed.
        on_end: called when the search needs no more trials.
    """

    @cache
    def shape_of(text: str) -> tuple[int, int]:
        task = tasks.load(params[text])
        return task.inputs.shape[1], task.classes

    params: dict[str, Json] = {}

    def cost_of(setting: Setting) -> float:
        level = setting[TASK]
        params[level.text] = level.params
        features, classes = shape_of(level.text)
        return objectives.step_cost(setting, features=features, classes=classes)

    trials_of = trial_sources.trials_by_setting(study)
    return searchers.searcher(
        searched_space,
        options,
        seeds=study.seeds[: len(study.seeds) - options.confirm],
        fresh=study.seeds[len(study.seeds) - options.confirm :],
        trial_of=lambda setting, seed: next(trial for trial in trials_of(setting) if trial.seed == seed),
        cost_of=cost_of,
        limit=study.budget.steps,
        on_close=on_close,
        on_end=on_end,
    )


def _write_answer(source: Searcher, study: Study) -> Json:
    """Write the answer so far beside the shards, where the report reads it, and return it."""
    path = answer.write(answer.derive(source, study), study_folder.folder_of(study))
    return json.loads(filesystem.read(path))


def _export_and_tell(out: export.Export, tell: Callable[[Event], None]) -> Callable[[Arm, Batch], None]:
    """Return the function that, after each batch, writes its settings to the storage and tells its claims."""

    def closed(arm: Arm, batch: Batch) -> None:
        out.closed(arm, batch)
        for claim in batch.claims:
            changes = " ".join(answer.changes(arm.space, claim.setting)) or "the baseline"
            verdict = "confirmed" if claim.confirmed else "not confirmed"
            counts = f"{claim.evidence.escaped} of {claim.evidence.n} fresh seeds" if claim.evidence else ""
            tell(Note(f"{arm.name}, after {claim.spent:,} trials: {verdict}: {changes} ({counts})."))

    return closed
