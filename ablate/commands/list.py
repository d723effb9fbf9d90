"""Run `ablate list`: print the studies, factors, levels and documents."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Callable, Sequence

from ablate import configure
from ablate.commands import study_names
from ablate.commands.exit_status import DONE
from ablate.core.documents import documents
from ablate.core.errors import ConfigError, unknown
from ablate.remedies import registry


def run(arguments: argparse.Namespace) -> int:
    """Print the named sections, or all of them; for a factor's name, print its levels with a remark on each."""
    names, overrides = study_names.split(arguments.words)
    sections: dict[str, Callable[[], list[str]]] = {
        "studies": lambda: _studies(overrides),
        "factors": _factors,
        "levels": _levels,
        "documents": _documents,
    }
    chosen = names or [*sections]
    for name in chosen:
        if name in sections:
            lines = sections[name]()
        elif name in configure.factors():
            lines = _remarks(name)
        else:
            raise ConfigError(unknown("thing to list", name, [*sections, *configure.factors()]))
        print("\n".join([f"{name}:", *lines] if len(chosen) > 1 else lines))
    return DONE


def _studies(overrides: Sequence[str]) -> list[str]:
    results_dir = configure.results_dir(overrides)
    with_results = study_names.studies(results_dir)
    experiments = configure.experiments()
    lines = [
        f"  {name:24s}{'results  ' if name in with_results else '         '}experiment={name}  {question}"
        for name, question in experiments.items()
    ]
    lines += [f"  {name:24s}results" for name in with_results if name not in experiments]
    return lines or [f"  none: there are no experiments, and no results in {results_dir}/"]


def _factors() -> list[str]:
    rows = configure.factors().items()
    return [
        f"  {name:16s}{f'{_count(levels)}, baseline {levels[0]}':38s}{registry()[name].summary}"
        for name, levels in rows
    ]


def _count(levels: Sequence[str]) -> str:
    return f"{len(levels)} levels" if len(levels) > 1 else "a number"


def _levels() -> list[str]:
    return [_wrapped(name, 16, ", ".join(levels)) for name, levels in configure.factors().items()]


def _wrapped(name: str, width: int, text: str) -> str:
    """Return a row that is as wide as the terminal at most; one line where there is no terminal."""
    columns = max(shutil.get_terminal_size((10_000, 0)).columns, width + 40)
    first, others = f"  {name:{width}s}", " " * (width + 2)
    rows = textwrap.wrap(text, columns, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)
    return "\n".join(rows) or first.rstrip()


def _remarks(factor: str) -> list[str]:
    """Return the levels of a factor, each with a remark; the baseline's first."""
    levels = configure.factors()[factor]
    width = max(map(len, levels)) + 2
    if len(levels) == 1:
        lines = [_wrapped(levels[0], width, f"or any other number: {factor}=NUMBER, or several with commas")]
    else:
        lines = [_wrapped(level, width, configure.remark(factor, level)) for level in levels]
    return [f"{factor}: {registry()[factor].summary}; the baseline is {levels[0]}", *lines]


def _documents() -> list[str]:
    return [f"  {path}" for path in documents()]
