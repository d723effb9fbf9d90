"""Compare what a test makes with what was recorded when it was last read and found right.

    RECORD=1 python -m pytest tests -k recorded

records anew: read the difference before you commit it. A record notices what changed, not whether it is right; the
other tests say what is right.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import difflib
import importlib
import inspect
import math
import os
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

NUMBER = re.compile(r"(?<![\w#])-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w-])")
ROOT = Path(__file__).parents[2]

COUNTED = re.compile(r"\d+% \[\d+%, \d+%\] of [\d,]+ networks?")
"""Counts of the published studies, which change when a study is trained anew."""

PLAIN = re.compile(rf": (?:{NUMBER.pattern}|True|False)$")
"""The end of a line that holds a number or truth value."""

MOST = 40
"""The most numbers of an array that are recorded one by one."""


def same(name: str, text: str, tolerance: float = 1e-5) -> None:
    """Fail if the text is not as recorded: the words must be equal, the numbers nearly.

    Args:
        name: the record, a file beside this one.
        text: what the test made.
        tolerance: how far apart numbers may be, as a share of them.
    """
    text = COUNTED.sub("N networks", text).replace(str(ROOT), "ROOT")
    path = Path(__file__).parent / f"{name}.txt"
    if os.environ.get("RECORD"):
        path.write_text("\n".join(text.splitlines()) + "\n", encoding="utf-8")
    before, now = path.read_text(encoding="utf-8").splitlines(), text.splitlines()
    if len(before) == len(now):
        pairs = [(one, other) for one, other in zip(before, now, strict=True) if not _alike(one, other, tolerance)]
        changed = [f"- {one}\n+ {other}" for one, other in pairs]
    else:
        changed = [
            line for line in difflib.unified_diff(before, now, lineterm="", n=0) if line[:2] not in ("--", "++", "@@")
        ]
    how = "If it is meant, RECORD=1 records it anew: read the difference."
    assert not changed, "\n".join([f"{len(changed)} changes of {path.name}. {how}", *changed[:8]])


def _alike(before: str, now: str, tolerance: float) -> bool:
    if NUMBER.sub("#", before) != NUMBER.sub("#", now):
        return False
    pairs = zip(NUMBER.findall(before), NUMBER.findall(now), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=tolerance, abs_tol=1e-9) for a, b in pairs)


def lines(value: object, at: str = "") -> Iterator[str]:
    """Yield a line for each plain value that a value holds: records, mappings, sequences, arrays and frames.

    Args:
        value: what is recorded.
        at: where it lies.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from lines(getattr(value, field.name), f"{at}.{field.name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from lines(item, f"{at}[{key}]")
    elif isinstance(value, pd.DataFrame):
        yield from (f"{at} {line}" for line in value.to_csv(index=False, float_format="%.7g").splitlines())
    elif isinstance(value, pd.Series):
        yield from lines(value.to_dict(), at)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.size > MOST:
        numbers = np.nan_to_num(value.astype(float).ravel())
        yield f"{at}: {value.shape} {numbers.mean():.7g} {numbers @ np.linspace(1, 2, numbers.size):.7g}"
    elif isinstance(value, np.ndarray) and value.ndim == 0:
        yield from lines(value.item(), at)
    elif isinstance(value, list | tuple | np.ndarray):
        for number, item in enumerate(value):
            yield from lines(item, f"{at}[{number}]")
        if not len(value):
            yield f"{at}: empty"
    elif isinstance(value, set | frozenset):
        yield f"{at}: {sorted(value)}"
    elif callable(value):
        yield f"{at}: {getattr(value, '__qualname__', type(value).__name__)}"
    elif isinstance(value, float | np.floating):
        yield f"{at}: {value:.7g}"
    else:
        yield f"{at}: {value}"


def defaults(package: str) -> str:
    """Return the numbers that a package has of itself: its signatures with defaults and its constants, a line each.

    Args:
        package: its dotted name; all modules below it are loaded.
    """
    found = []
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if getattr(value, "__module__", "") != module.name or not callable(value):
                continue
            methods = vars(value).items() if inspect.isclass(value) else ()
            for inner, one in ((name, value), *((f"{name}.{key}", item) for key, item in methods if key != "__init__")):
                with contextlib.suppress(TypeError, ValueError):
                    parameters = inspect.signature(one).parameters.values()
                    given = [f"{each.name}={each.default}" for each in parameters if each.default is not each.empty]
                    if given:
                        found.append(f"{module.name}.{inner}: {', '.join(given)}")
        found += numbers(module.name)
    return re.sub(r" at 0x[0-9a-f]+", "", "\n".join(dict.fromkeys(found)))


def numbers(module: str) -> Iterator[str]:
    """Yield the thresholds, budgets and sizes of a module: its constants with a number or truth value, a line each.

    Args:
        module: its dotted name.
    """
    loaded = importlib.import_module(module)
    for statement in ast.parse(inspect.getsource(loaded)).body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            continue
        if any(isinstance(node, ast.Constant) and isinstance(node.value, int | float) for node in ast.walk(statement)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for name in (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)):
                every = lines(getattr(loaded, name), f"{module}.{name}")
                yield from (line for line in every if PLAIN.search(line))
