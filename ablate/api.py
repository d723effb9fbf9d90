"""Studies for those who want no config: the same names as the configs, as arguments.

Every argument is the override of that name: a value fixes a factor or a key, a list sweeps a factor over its levels, a
mapping is a level with parameters of its own. Positional arguments are overrides in Hydra's words, for all the rest
(`"loss.eps=1e-3"`). Processes that train do not run the script that calls these: it needs no main guard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from ablate.core.errors import ConfigError
from ablate.core.study import Json

if TYPE_CHECKING:
    from ablate.runner.progress import Event
    from ablate.runner.summary import Summary
    from ablate.try_remedies.answer import Attempt

Value = bool | int | float | str | Mapping[str, Any]
Values = Value | Sequence[Value] | range
Model = str | Callable[..., Any]
"""A user's builder: its dotted path, or the function itself, which must stand at the top of a module."""


class Words(TypedDict, total=False):
    """The factors and the keys of a study, by the names that the configs give them."""

    activation: Values
    batch_size: Values
    clipping: Values
    constraint: Values
    depth: Values
    dropout: Values
    fault: Values
    initializer: Values
    input_scale: Values
    learning_rate: Values
    loss: Values
    model: Model | Sequence[Model]
    normalization: Values
    optimizer: Values
    regularizer: Values
    schedule: Values
    start: Values
    task: Values
    width: Values
    path: str
    seed: Values
    seeds: str
    steps: int
    looks: int
    engine: str
    design: Value
    experiment: str
    study: str
    question: str
    results_dir: str
    workers: int
    part: str
    fail_fast: bool
    retry_failed: bool


def overrides(given: Iterable[str], words: Mapping[str, Any]) -> list[str]:
    """The overrides that these arguments stand for.

    Raises:
        ConfigError: a model that is a function without a dotted path, or an empty list.

    Examples:
        >>> overrides(["loss.eps=1e-3"], {"loss": ["clipped", "fused"], "learning_rate": 0.1, "seed": range(3)})
        ['loss.eps=1e-3', 'loss=clipped,fused', 'learning_rate=0.1', 'seed=0,1,2']
    """
    found = list(given)
    for name, value in words.items():
        several = isinstance(value, Sequence | range) and not isinstance(value, str)
        values = [_text(each) for each in (value if several else (value,))]
        if not values:
            raise ConfigError(f"`{name}` must have at least one value. Received an empty list.")
        found.append(f"{name}={','.join(values)}")
    return found


def _text(value: Any) -> str:
    """A value in Hydra's grammar."""
    if callable(value):
        return _path(value)
    from ablate.configure.to_overrides import written

    return written(value) if not isinstance(value, str) or not _is_word(value) else value


def _is_word(text: str) -> bool:
    return bool(text) and all(each.isalnum() or each in "._-:/" for each in text)


def _path(function: Callable[..., Any]) -> str:
    """The dotted path under which another process finds a function.

    Raises:
        ConfigError: there is none.
    """
    module, name = getattr(function, "__module__", "__main__"), getattr(function, "__qualname__", "<locals>")
    if module == "__main__" or "<" in name:
        raise ConfigError(
            f"A model's builder must be a function at the top of a module, where other processes find "
            f"it. Received {name!r} of {module!r}."
        )
    return f"{module}:{name}"


def sweep(*given: str, on_event: Callable[[Event], None] | None = None, **words: Unpack[Words]) -> Summary:
    """`ablate sweep`: trains every trial that has no result yet, then writes the report.

    Args:
        given: overrides in Hydra's words.
        on_event: hears notes and progress; None shows them on standard output.
        words: factors and keys.

    Returns:
        What was done; `ablate.load(summary.folder)` has the results.

    Raises:
        ConfigError, TaskError: a study or task that cannot be; nothing is written.
    """
    from ablate import configure
    from ablate.runner import sweep as runner

    study = configure.compose(overrides(given, words))
    found: Summary = runner.sweep(study, on_event=on_event)
    return found


def search(*given: str, **words: Unpack[Words]) -> Json:
    """`ablate search`: finds the smallest sets of remedies without training every setting.

    Args:
        given: overrides in Hydra's words, as `"search.trials=2000"`.
        words: factors and keys.

    Returns:
        The answer as it is stored beside the trials: claims, Pareto set, what was not explored.

    Raises:
        ConfigError, TaskError: a search that cannot be; nothing is written.
    """
    import json

    from ablate import configure
    from ablate.commands import search as command
    from ablate.core import filesystem
    from ablate.remedy_search import answer, options
    from ablate.runner import study_folder

    study, config = configure.search(overrides(given, words))
    command.searched(study, options.read(config))
    return json.loads(filesystem.read(study_folder.folder_of(study) / answer.FILE))


def try_(*given: str, on_event: Callable[[Event], None] | None = None, **words: Unpack[Words]) -> Attempt:
    """`ablate try`: every remedy that applies to a user's model, alone and left out, and the smallest set.

    Args:
        given: overrides in Hydra's words.
        on_event: hears what is found and how far training is; None shows it on standard output.
        words: factors and keys, `model` and `task` among them.

    Raises:
        ConfigError, TaskError: a model or data that cannot be tried, with the reason; nothing is written.
    """
    from ablate.try_remedies.attempt import attempt

    return attempt(overrides(given, words), on_event=on_event)
