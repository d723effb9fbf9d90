"""Train studies and programs: what each function calls is what the command of its name calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from ablate.api.keys import Keys, with_signature

if TYPE_CHECKING:
    from ablate.api.keys import Path
    from ablate.core.study import Study
    from ablate.remedy_search.search import SearchResult
    from ablate.report.luck import Luck
    from ablate.report.rate_finder import RateFinder
    from ablate.results.study_results import Results
    from ablate.runner.plan import Plan
    from ablate.runner.progress import Event
    from ablate.runner.summary import Summary
    from ablate.try_remedies.answer import Attempt
    from ablate.try_remedies.verdict import Verdict

    Hear = Callable[[Event], None]


@with_signature
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

    study = composed(overrides, keys)
    return planning.plan(study, rates=rates(rate, pilot, study.results_dir), on_event=on_event)


@with_signature
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

    summary: Summary = sweeping.sweep(composed(overrides, keys), on_event=on_event)
    return summary


@with_signature
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


@with_signature
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


def _trained(overrides: Iterable[str], keys: Mapping[str, Any], kind: str, on_event: Hear | None) -> Results:
    """Train one network with many seeds and return the results."""
    from ablate.commands.seed_study import study_of
    from ablate.configure import python_values
    from ablate.results import study_results
    from ablate.runner import sweep as sweeping

    study = study_of(python_values.overrides(overrides, python_values.with_data(keys)), kind)
    summary = sweeping.sweep(study, on_event=on_event)
    if summary.stopped:
        raise KeyboardInterrupt(summary.text())
    return study_results.load(summary.folder)


@with_signature
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

    study, config = configure.search(python_values.overrides(overrides, python_values.with_data(keys)))
    return searching.search(study, options.read(config), on_event=on_event)


@with_signature
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
    from ablate.remedies.model import MODEL
    from ablate.try_remedies import fallback, program_attempt, program_words
    from ablate.try_remedies.attempt import attempt

    if not arguments and callable(keys.get(MODEL)) and "data" in keys and keys.keys() <= program_words.KEYS:
        arguments = keys.pop(MODEL), keys.pop("data")
    if arguments and (callable(arguments[0]) or (isinstance(arguments[0], str) and "=" not in arguments[0])):
        if len(arguments) not in (2, 3):
            raise ConfigError("Give the function that builds the model, and the rows: `try_model(make_model, (x, y))`.")
        validation = arguments[2] if len(arguments) == 3 else keys.pop("validation", None)
        wanted = program_words.of_call(arguments[0], arguments[1], validation, keys)
        return program_attempt.attempt(wanted.builder, wanted.given(), wanted.options(), on_event)
    overrides = python_values.overrides(arguments, python_values.with_data(keys))
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


def composed(overrides: Iterable[str], keys: Mapping[str, Any]) -> Study:
    """Return the study that overrides and keys describe.

    Args:
        overrides: in Hydra's grammar.
        keys: factors and keys of the study.

    Raises:
        ConfigError, TaskError: the study or its data cannot be used.
    """
    from ablate import configure
    from ablate.configure import python_values

    return configure.compose(python_values.overrides(overrides, python_values.with_data(keys)))
