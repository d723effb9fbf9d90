"""Run studies from Python: `ablate.sweep`, `search`, `try_model`, `plan`, `rates`, `luck`, `load` and `compare`.

Every keyword is a factor or a key of the configs. A value fixes it; several values (a list, a range, a NumPy array, a
generator; a set is sorted) sweep a factor; a mapping with `level` is a level with other parameters. `data=(x, y)` are
arrays, with `validation=(x, y)` if you have validation rows of your own. Positional
arguments are overrides in Hydra's grammar, for everything else (`"loss.eps=1e-3"`). Workers do not run the script that
calls these functions: it needs no main guard.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

if TYPE_CHECKING:
    import numpy as np

    from ablate.core.filesystem import Address
    from ablate.core.study import Study
    from ablate.remedy_search.search import SearchResult
    from ablate.report.generalization import Generalization
    from ablate.report.luck import Luck
    from ablate.report.rate_finder import RateFinder
    from ablate.report.study_comparison import Comparison
    from ablate.results.study_results import Results
    from ablate.runner.plan import Plan
    from ablate.runner.progress import Event
    from ablate.runner.summary import Summary
    from ablate.try_remedies.answer import Attempt
    from ablate.try_remedies.verdict import Verdict

    Level = bool | int | float | str | Mapping[str, Any] | np.generic
    Levels = Level | Iterable[Level]
    Builder = str | Callable[..., Any] | Mapping[str, Any]
    Path = str | os.PathLike[str] | Address
    Hear = Callable[[Event], None]

_F = TypeVar("_F", bound=Callable[..., Any])


class Keys(TypedDict, total=False):
    """The factors and keys of a study, by the names that the configs give them.

    A test compares them with the registry of factors and the keys of the configs.
    """

    activation: Levels
    batch_size: Levels
    clipping: Levels
    constraint: Levels
    depth: Levels
    dropout: Levels
    fault: Levels
    initializer: Levels
    input_scale: Levels
    learning_rate: Levels
    loss: Levels
    model: Builder | Iterable[Builder]
    normalization: Levels
    optimizer: Levels
    regularizer: Levels
    schedule: Levels
    start: Levels
    task: Levels
    width: Levels
    path: Path
    label: str
    inputs: str
    labels: str
    validation: Path | tuple[Any, Any]
    leave_out: str | list[str]
    data: tuple[Any, Any]
    seed: Levels
    seeds: str | Mapping[str, Any]
    steps: int
    looks: int
    engine: str
    design: Levels
    experiment: str
    factors: Mapping[str, Levels]
    baseline: Mapping[str, Level]
    contrasts: list[Mapping[str, Any]]
    search: str | Mapping[str, Any]
    study: str
    question: str
    results_dir: Path
    workers: int
    executor: str
    memory: int
    patience: int
    part: str
    fail_fast: bool
    retry_failed: bool


class _Default:
    """Stands in a signature for the value that the configs give a key."""

    def __repr__(self) -> str:
        return "..."


def _with_signature(function: _F) -> _F:
    """Show the keys of a study in the function's signature, where notebooks look for them."""
    keys = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=_Default(), annotation=annotation.__forward_arg__
        )
        for name, annotation in Keys.__annotations__.items()
    ]
    signature = inspect.signature(function)
    parameters = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    setattr(function, "__signature__", signature.replace(parameters=[*parameters, *keys]))  # noqa: B010 - typed
    return function


@_with_signature
def plan(
    *overrides: str,
    on_event: Hear = lambda _: None,
    rate: float | None = None,
    pilot: Path | None = None,
    **keys: Unpack[Keys],
) -> Plan:
    """Plan a sweep as `ablate plan` does: what it would train, how long it takes, what its comparisons can show.

    Args:
        overrides: overrides in Hydra's grammar.
        rate: the escape rate that you expect of the baseline.
        pilot: instead of it, a study with results, whose baseline's rate is expected.
        on_event: called with each part of the plan as soon as it is known.
        keys: factors and keys of the study.

    Raises:
        ConfigError, TaskError: the study or its data cannot be used; the message says why.
    """
    from ablate.commands.plan import rates
    from ablate.runner import plan as planning

    study = _composed(overrides, keys)
    return planning.plan(study, rates=rates(rate, pilot, study.results_dir), on_event=on_event)


@_with_signature
def sweep(*overrides: str, on_event: Hear | None = None, **keys: Unpack[Keys]) -> Summary:
    """Train every trial of a study that has no result yet, then write the report, as `ablate sweep` does.

    Args:
        overrides: overrides in Hydra's grammar.
        on_event: called with each note and each report of progress; None shows them on standard output.
        keys: factors and keys of the study.

    Returns:
        What was done. `stopped` names the signal that interrupted it; `ablate.load(summary.folder)` has the results.

    Raises:
        ConfigError, TaskError: the study or its data cannot be used; nothing is written.
    """
    from ablate.runner import sweep as sweeping

    summary: Summary = sweeping.sweep(_composed(overrides, keys), on_event=on_event)
    return summary


@_with_signature
def rates(*overrides: str, on_event: Hear | None = None, **keys: Unpack[Keys]) -> RateFinder:
    """Train one network at many learning rates with many seeds, as `ablate rates` does.

    Args:
        overrides: overrides in Hydra's grammar.
        on_event: called with each note and each report of progress; None shows them on standard output.
        keys: factors and keys of the study; without `learning_rate` and `seed`, eleven rates and 64 seeds.

    Returns:
        Where it escapes: `table`, `stable` (the range of rates), `text()`; `ablate.plots.rates(result)` draws it.

    Raises:
        ConfigError, TaskError: the network or its data cannot be used; nothing is written.
        KeyboardInterrupt: a signal stopped the training.
    """
    from ablate.report.rate_finder import rate_finder
    from ablate.runner.seed_studies import RATES

    return rate_finder(_trained(overrides, keys, RATES, on_event))


@_with_signature
def luck(*overrides: str, on_event: Hear | None = None, **keys: Unpack[Keys]) -> Luck:
    """Train one network with many seeds, as `ablate luck` does: how often does it end at chance?

    Args:
        overrides: overrides in Hydra's grammar.
        on_event: called with each note and each report of progress; None shows them on standard output.
        keys: factors and keys of the study; without `seed`, 64 seeds.

    Returns:
        How often it does not escape: `missed` of `n`, with `low` and `high`, `text()`; `ablate.plots.luck(result)`.

    Raises:
        ConfigError, TaskError: the network or its data cannot be used; nothing is written.
        KeyboardInterrupt: a signal stopped the training.
    """
    from ablate.report.luck import luck
    from ablate.runner.seed_studies import LUCK

    return luck(_trained(overrides, keys, LUCK, on_event))


def generalize(*studies: Results | Path) -> Generalization:
    """Pool the effects of remedies over the tasks of some studies, as `ablate generalize` does.

    Args:
        studies: results, or studies by name, path or address.

    Raises:
        ConfigError: there is no such study, or no remedy was tried on two tasks.
    """
    from ablate.report.generalization import generalization
    from ablate.results.study_results import Results

    return generalization([study if isinstance(study, Results) else load(study) for study in studies])


def export(study: Results | Path, folder: str | os.PathLike[str]) -> str:
    """Write a study as the parts of a paper, as `ablate export STUDY --paper` does, and return the path of paper.tex.

    Args:
        study: results, or a study by name, path or address.
        folder: where to write; what was there is deleted.
    """
    import pathlib

    from ablate.report import paper
    from ablate.results.study_results import Results

    results = study if isinstance(study, Results) else load(study)
    return str(paper.write(results, pathlib.Path(folder)) / "paper.tex")


def _trained(overrides: Iterable[str], keys: Mapping[str, Any], kind: str, on_event: Hear | None) -> Results:
    """Train one network with many seeds and return the results."""
    from ablate.commands.seed_study import study_of
    from ablate.configure import python_values
    from ablate.results import study_results
    from ablate.runner import sweep as sweeping

    study = study_of(python_values.overrides(overrides, _with_data(keys)), kind)
    summary = sweeping.sweep(study, on_event=on_event)
    if summary.stopped:
        raise KeyboardInterrupt(summary.text())
    return study_results.load(summary.folder)


@_with_signature
def search(*overrides: str, on_event: Hear | None = None, **keys: Unpack[Keys]) -> SearchResult:
    """Find the smallest sufficient remedy sets without training every setting, as `ablate search` does.

    Args:
        overrides: overrides in Hydra's grammar, as `"search.trials=2000"`.
        on_event: called with each note and each report of progress; None shows them on standard output.
        keys: factors and keys of the study; `search={"trials": 2000, "sampler": "TPESampler"}` says how to search.

    Returns:
        What was found. `summary.stopped` names the signal that interrupted it.

    Raises:
        ConfigError, TaskError: the search or its data cannot be used; nothing is written.
    """
    from ablate import configure
    from ablate.configure import python_values
    from ablate.remedy_search import options
    from ablate.remedy_search import search as searching

    study, config = configure.search(python_values.overrides(overrides, _with_data(keys)))
    return searching.search(study, options.read(config), on_event=on_event)


@_with_signature
def try_model(*arguments: Any, on_event: Hear | None = None, **keys: Any) -> Attempt | Verdict:
    """Find out why your own Keras model stays at chance, and what gets it off, as `ablate try` does.

    Args:
        arguments: your function that returns a compiled model (or `"my_script.py:make_model"`), and the rows: `(x, y)`,
            a `tf.data.Dataset`, a generator of batches, a csv or npz file. Or overrides of a study in Hydra's grammar.
        on_event: called with each note and each report of progress; None prints them.
        keys: how your program calls `fit` (`epochs`, `batch_size`, `validation_split`, `callbacks`, `class_weight`),
            the rows that it validates on (`validation=(x, y)`), and how it is tried: `minutes`, `seeds`, `workers`,
            `backend`, `arguments` of the builder. With overrides: factors and keys of a study.

    Returns:
        What was found: `state`, `causes`, `recommended` (with `patch`), `next_best`, `text()`, `json()`.

    Raises:
        ConfigError, TaskError: the model or the rows cannot be used; nothing is written.

    Examples:
        >>> ablate.try_model(make_model, (x, y), epochs=20, batch_size=32)  # doctest: +SKIP
    """
    from ablate.configure import python_values
    from ablate.core.errors import ConfigError, TaskError
    from ablate.try_remedies import fallback, program_attempt, program_words
    from ablate.try_remedies.attempt import attempt

    if not arguments and callable(keys.get("model")) and "data" in keys and keys.keys() <= program_words.KEYS:
        arguments = keys.pop("model"), keys.pop("data")
    if arguments and (callable(arguments[0]) or (isinstance(arguments[0], str) and "=" not in arguments[0])):
        if len(arguments) not in (2, 3):
            raise ConfigError("Give the function that builds the model, and the rows: `try_model(make_model, (x, y))`.")
        validation = arguments[2] if len(arguments) == 3 else keys.pop("validation", None)
        wanted = program_words.of_call(arguments[0], arguments[1], validation, keys)
        return program_attempt.attempt(wanted.builder, wanted.given(), wanted.options(), on_event)
    overrides = python_values.overrides(arguments, _with_data(keys))
    if program_words.names_program(overrides):
        wanted = program_words.of_command(overrides)
        return program_attempt.attempt(wanted.builder, wanted.given(), wanted.options(), on_event)
    try:
        return attempt(overrides, on_event=on_event)
    except (ConfigError, TaskError) as error:
        program = fallback.program_of(overrides, error)
        if program is None:
            raise
        return program_attempt.attempt(program.builder, program.given(), program.options(), on_event)


try_ = try_model


def load(study: Path, results_dir: Path | None = None) -> Results:
    """Load the results of a study.

    Args:
        study: its name, or the path or address of its folder.
        results_dir: where a study given by name is looked for; None: the `results_dir` of the configs, `results`.

    Raises:
        ConfigError: there is no such study; the message names those that there are.
        StoreError: the study has no trial, or its files are damaged.

    Examples:
        >>> ablate.load("blog").trials[["seed", "loss", "state"]]  # doctest: +SKIP
    """
    from ablate.commands import study_names
    from ablate.results import study_results

    return study_results.load(study_names.find(study, results_dir))


def compare(first: Results | Path, second: Results | Path) -> Comparison:
    """Compare two studies, or two results of one study, trial by trial, as `ablate compare` does.

    Args:
        first: results, or a study's name, path or address.
        second: results, or a study, to compare with the first: differences are second minus first.

    Raises:
        ConfigError: there is no such study, or trials cannot be paired.
    """
    from ablate.report import study_comparison
    from ablate.results.study_results import Results

    one, other = (study if isinstance(study, Results) else load(study) for study in (first, second))
    return study_comparison.compare(one, other)


def _composed(overrides: Iterable[str], keys: Mapping[str, Any]) -> Study:
    from ablate import configure
    from ablate.configure import python_values

    return configure.compose(python_values.overrides(overrides, _with_data(keys)))


def _with_data(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys with `data=(x, y)` and its `validation` replaced by the task of a file that holds them."""
    from ablate.core.errors import ConfigError

    if "data" not in keys:
        if isinstance(keys.get("validation"), tuple | list):
            raise ConfigError("Arrays as `validation=(x, y)` need arrays as `data=(x, y)`. Received none.")
        return dict(keys)
    from ablate import tasks

    if given := {"task", "path", "inputs", "labels", "label", "leave_out"} & set(keys):
        raise ConfigError(f"`data` must be the only key that says what the data are. Received also: {min(given)}.")
    task = tasks.saved(keys["data"], keys.get("validation"))
    name = f"arrays-{task['path'].rpartition('/')[2][:6]}"
    others = {key: value for key, value in keys.items() if key not in ("data", "validation")}
    return {**others, "task": {"level": task.pop("kind"), "name": name, **task}}
