"""`python -m validation.mutants [SEED] [COUNT] [FOLDER ...]`: break the code on purpose; does a test notice?

Draws COUNT places (12) in the folders of the package (`FOLDERS` if not given) with SEED (1), and changes one operator,
number or truth value at each. In a copy of the repository, it runs the tests of the changed module and those that
name it, then others, until one fails. Which others: all tests that run the changed line, if a file `.coverage` says
which these are (`python -m pytest --cov=ablate --cov-context=test --cov-report=` writes it, in half an hour), else
those of the folder. Adds a row for each mutant to
`results/published/validation/mutants.csv`: seed, file, line, what was changed, and whether a test noticed. A survivor
that changes nothing that a user sees is no gap: read them, and say so in the column `note`. The same command again
goes on where the last one ended, as long as the code is the same.
"""

from __future__ import annotations

import ast
import contextlib
import csv
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from coverage import CoverageData

from tests.xla import QUICK

ROOT = Path(__file__).parents[1]
FILE = ROOT / "results" / "published" / "validation" / "mutants.csv"
FOLDERS = (
    *("engine", "remedies", "outcomes", "store", "stats", "design", "remedy_search"),
    *("try_remedies", "results", "report"),
)
CONTEXTS = ROOT / ".coverage"
"""Where the tests that run each line were recorded."""

MOST = 150
"""Tests that run a changed line: of more, those in its own part of the package go first, and the others are not run."""

SECONDS = 900
"""Of the processor: tests that take longer do not end."""

RECORDED = "test_recorded.py"

LIBRARIES = multiprocessing.get_context("forkserver")
"""Runs of tests are forks of one process that has loaded the libraries, and nothing of the package."""

LIBRARIES.set_forkserver_preload(
    ["tensorflow", "keras", "optuna", "matplotlib.pyplot", "pandas", "statsmodels.api", "sklearn", "pytest"]
)

SETTINGS = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "MPLBACKEND": "Agg", "XLA_FLAGS": QUICK}
"""As in `tests/conftest.py`: the libraries read them when they are loaded."""

OPERATORS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "in": "not in", "not in": "in",
    "is": "is not", "is not": "is", "+": "-", "-": "+", "*": "/", "/": "*", "and": "or", "or": "and",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A change of one place: the characters from `start` to `end` of a file become `new`."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str


def places(file: str, source: str) -> Iterator[Mutant]:
    """Yield every change that can be made in a file.

    Left out is what no user sees: whether a record is frozen, takes keywords alone or is compared by its values, and
    whether `zip` is strict.

    Args:
        file: its path, for the record.
        source: its text.
    """
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    data = source.encode()

    def at(line: int, column: int) -> int:
        return starts[line - 1] + column

    def mutant(line: int, start: int, end: int, new: str) -> Mutant:
        return Mutant(file=file, line=line, start=start, end=end, old=data[start:end].decode(), new=new)

    tree = ast.parse(source)
    unseen = {
        id(keyword.value)
        for keyword in ast.walk(tree)
        if isinstance(keyword, ast.keyword) and keyword.arg in {"frozen", "kw_only", "eq", "strict"}
    }
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        for left, right in _neighbours(node):
            start, end = at(left.end_lineno or 0, left.end_col_offset or 0), at(right.lineno, right.col_offset)
            between = data[start:end].decode()
            operator = between.strip(" \n()")
            if operator in OPERATORS:
                first = start + len(between[: between.index(operator)].encode())
                yield mutant(left.end_lineno or 0, first, first + len(operator), OPERATORS[operator])
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
            start, end = at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)
            new = not node.value if isinstance(node.value, bool) else node.value * 2 or 1
            yield mutant(node.lineno, start, end, repr(new))


def _neighbours(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """Return the operands that an operator of this node stands between."""
    if isinstance(node, ast.Compare):
        return list(zip([node.left, *node.comparators], node.comparators, strict=False))
    if isinstance(node, ast.BinOp):
        return [(node.left, node.right)]
    return list(zip(node.values, node.values[1:], strict=False)) if isinstance(node, ast.BoolOp) else []


def tests_of(file: str, copy: Path) -> list[list[str]]:
    """Return the tests to run for a module, step by step.

    The first are its own, what is recorded beside them, and those of its part of the package that import it; then tests
    of other parts that import it (or, of a folder inside a part, the folder), and what is recorded of the part; then
    all others of the part. Those of the engine take a quarter of an hour: of these only the ones in the folder inside
    it are run that the module lies in. So fewer mutants are noticed than by all tests, never more.
    `reaching` is better, where it is known.

    Args:
        file: the module.
        copy: the repository.
    """
    path = Path(file).relative_to("ablate")
    itself = _import(path.parent.parts, path.stem)
    around = _import(path.parent.parts[:-1], path.parent.name) if len(path.parts) > 2 else itself
    mirrored = copy / "tests" / path.with_name(f"test_{path.name}")
    part = copy / "tests" / path.parts[0]
    steps: list[list[Path]] = [[one for one in (mirrored, mirrored.with_name(RECORDED)) if one.exists()], [], []]
    for test in sorted((copy / "tests").rglob("test_*.py")):
        text = test.read_text(encoding="utf-8")
        if test in steps[0]:
            continue
        if test.is_relative_to(part):
            if itself.search(text):
                steps[0].append(test)
            elif test.name == RECORDED:
                steps[1].append(test)
            elif part.name != "engine" or part != test.parent == mirrored.parent:
                steps[2].append(test)
        elif around.search(text):
            steps[1].append(test)
    names = [[*(str(test.relative_to(copy)) for test in step)] for step in steps]
    return [[*names[0], file], *(step for step in names[1:] if step)]


def reaching(file: str, line: int, contexts: Path) -> list[str]:
    """Return the tests that ran a line when they were recorded: at most `MOST`, those of its part first.

    Tests that run it in a process of their own are not known.

    Args:
        file: the module.
        line: of the module.
        contexts: the file that `coverage` wrote; where there is none, no test is known.
    """
    if not contexts.exists():
        return []
    data = CoverageData(str(contexts))
    data.read()
    names = [name for name in data.measured_files() if Path(name).as_posix().endswith(file)]
    tests = {
        context.rpartition("|")[0]
        for name in names
        for context in data.contexts_by_lineno(name).get(line, ())
        if context.startswith("tests/")
    }
    part = f"tests/{Path(file).parts[1]}/"
    return sorted(tests, key=lambda test: (not test.startswith(part), test))[:MOST]


def _import(folder: Sequence[str], name: str) -> re.Pattern[str]:
    """Return what finds an import of a module or folder of the package."""
    dotted = r"\.".join(("ablate", *folder))
    return re.compile(rf"\b{dotted}\.{name}\b|from {dotted} import (?:\([^)]*|.*)\b{name}\b")


class FirstFailure:
    """Keeps the name of the first test, or file of tests, that fails: a plugin of pytest.

    Attributes:
        last: the last test to run; empty for all.
        name: of the first that fails.
    """

    def __init__(self, last: str) -> None:
        self.last, self.name = last, ""

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """End the run after the last test."""
        if nodeid == self.last:
            pytest.exit("the last test has run", returncode=0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the name of a test that fails."""
        if report.failed:
            self.name = self.name or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the name of a file that cannot be loaded."""
        if report.failed:
            self.name = self.name or report.nodeid


def _run(tests: list[str], last: str, copy: str, scratch: str, answer: Connection) -> None:
    """Run tests in this process, which was forked with the libraries loaded; send the name of the first failure."""
    os.setsid()
    os.chdir(copy)
    sys.path[:] = [copy, *(folder for folder in sys.path if Path(folder or ".").resolve() not in {ROOT, Path(copy)})]
    for name in [name for name in sys.modules if name.split(".")[0] in {"ablate", "tests", "validation"}]:
        del sys.modules[name]
    os.environ.update(PYTHONPATH=copy, PYTHONDONTWRITEBYTECODE="1", TMPDIR=scratch)
    tempfile.tempdir = scratch
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with Path(os.devnull).open("w") as silence:
        os.dup2(silence.fileno(), 1)
        os.dup2(silence.fileno(), 2)
    failure = FirstFailure(last)
    status = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--no-header", *tests], plugins=[failure])
    answer.send(failure.name or ("" if status in (0, 5) else f"pytest ended with status {status}"))


def first_failure(tests: list[str], copy: Path, last: str = "") -> str | None:
    """Return the name of the first test that fails, nothing if all pass, or None if they do not end in time.

    Args:
        tests: files or names of tests.
        copy: the copy of the repository whose code they run.
        last: the last test to run; empty for all.
    """
    there, here = LIBRARIES.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        process = LIBRARIES.Process(target=_run, args=(tests, last, str(copy), scratch, here))
        process.start()
        here.close()
        try:
            return str(there.recv()) if there.poll(3 * SECONDS) else None
        except EOFError:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid or 0, signal.SIGKILL)
            process.join()


def noticed(mutant: Mutant, copy: Path) -> tuple[str, str]:
    """Return `yes` and the test that fails with the change and passes without, `no` if there is none, or `late`.

    Tests that do not end with the change, and do without, have noticed an endless loop.

    Args:
        mutant: the change.
        copy: a copy of the repository, which is as it was afterwards.
    """
    path = copy / mutant.file
    data = path.read_bytes()
    first, *others = tests_of(mutant.file, copy)
    if reached := reaching(mutant.file, mutant.line, CONTEXTS):
        others = [reached]
    for tests in (first, *others):
        path.write_bytes(data[: mutant.start] + mutant.new.encode() + data[mutant.end :])
        try:
            failed = first_failure(tests, copy)
        finally:
            path.write_bytes(data)
        if failed is None:
            return ("yes", "they do not end") if first_failure(tests, copy) == "" else ("late", "")
        if failed and first_failure(tests, copy, failed) == "":
            return "yes", failed
        if failed:
            raise RuntimeError(f"{failed} fails on the code as it is, too: mend it, then draw again")
    return "no", ""


def main(seed: str = "1", count: str = "12", *folders: str) -> int:
    """Draw, run and record; return the exit status."""
    paths = [
        path.relative_to(ROOT)
        for folder in folders or FOLDERS
        for path in sorted((ROOT / "ablate" / folder).rglob("*.py"))
    ]
    every = [one for path in paths for one in places(str(path), (ROOT / path).read_text(encoding="utf-8"))]
    drawn = random.Random(int(seed)).sample(every, int(count))  # noqa: S311
    os.environ.update(SETTINGS)
    with tempfile.TemporaryDirectory() as scratch, FILE.open("r+", newline="", encoding="utf-8") as file:
        copy = Path(scratch) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "node_modules", "__pycache__"))
        done = sum(row["seed"] == seed for row in csv.DictReader(file))
        writer = csv.writer(file, lineterminator="\n")
        for one in drawn[done:]:
            answer, test = noticed(one, copy)
            writer.writerow((seed, one.file, one.line, f"{one.old} -> {one.new}", answer, ""))
            file.flush()
            print(seed, one.file, one.line, one.old, "->", one.new, answer, test, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
