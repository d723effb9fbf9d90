"""Load the functions of a user's script without running the training that the script does."""

from __future__ import annotations

import ast
import functools
import linecache
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ablate.core import quiet_stderr
from ablate.core.errors import ConfigError, one_line

RUNS = ("fit", "evaluate", "predict", "fit_generator", "train_on_batch", "show", "savefig", "save", "summary", "print")
"""Calls at the top of a script that train, print or write: a statement with one is left out."""


@functools.lru_cache(maxsize=4)
def load(path: str) -> dict[str, Any]:
    """Run the statements of a script that define something, and return its names.

    Raises:
        ConfigError: there is no such file, or a statement raises an error.
    """
    file, tree = _parsed(path)
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))
    linecache.checkcache(str(file))
    names: dict[str, Any] = {"__name__": file.stem, "__file__": str(file)}
    left_out = False
    for statement in tree.body:
        if trains(statement):
            left_out = True
            continue
        imports = isinstance(statement, ast.Import | ast.ImportFrom)
        try:
            with quiet_stderr.without_chatter() if imports else nullcontext():
                exec(compile(ast.Module([statement], []), str(file), "exec"), names)  # noqa: S102 - the user's own
        except NameError as error:
            if not left_out:  # else it needs the result of a statement that was left out
                raise ConfigError(f"Line {statement.lineno} of {path!r} raises {one_line(error)}.") from error
        except Exception as error:
            raise ConfigError(f"Line {statement.lineno} of {path!r} raises {one_line(error)}.") from error
    return names


def _parsed(path: str) -> tuple[Path, ast.Module]:
    file = Path(path).resolve()
    try:
        return file, ast.parse(file.read_text(encoding="utf-8"), str(file))
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path!r} must be a Python script. It cannot be read: {one_line(error)}.") from error


def functions(path: str) -> tuple[list[str], bool]:
    """Return the names that a script's top defines, without running it, and whether there can be no others.

    Args:
        path: the script.

    Raises:
        ConfigError: there is no such file, or it is no Python.
    """
    names: list[str] = []
    for statement in _parsed(path)[1].body:
        inside = [statement] if isinstance(statement, ast.FunctionDef | ast.ClassDef) else ast.walk(statement)
        for node in inside:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.append(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.append(node.id)
            elif isinstance(node, ast.alias):
                names.append(node.asname or node.name)
    return names, "*" not in names


def trains(statement: ast.stmt) -> bool:
    """Return whether a statement at the top of a script trains, prints or writes, instead of defining something.

    Examples:
        >>> [trains(ast.parse(line).body[0]) for line in ("h = model.fit(x)", "def f(): model.fit(x)", "n = 3")]
        [True, False, False]
    """
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return False
    if isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test):
        return True
    calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    named = [call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls]
    return any(name in RUNS for name in named)
