"""`python -m validation.mutants [SEED] [COUNT] [FOLDER ...]`: break the code on purpose; does a test notice?

Draws COUNT places (12) in the folders of the package (`FOLDERS` if not given) with SEED (1), and changes one operator,
number or truth value at each. In a copy of the repository, it runs the tests of the changed module, then those that
name it, at last all of its folder, until one fails. Adds a row for each mutant to
`results/published/validation/mutants.csv`: seed, file, line, what was changed, and whether a test noticed. A survivor
that changes nothing that a user sees is no gap: read them, and say so in the column `note`.
"""

from __future__ import annotations

import ast
import csv
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE = ROOT / "results" / "published" / "validation" / "mutants.csv"
FOLDERS = (
    *("engine", "remedies", "outcomes", "store", "stats", "design", "remedy_search"),
    *("try_remedies", "results", "report"),
)
SECONDS = 900
"""A run of tests that takes longer is `late`: the mutant made an endless loop, or the machine is busy."""

COLUMNS = ("seed", "file", "line", "change", "noticed", "note")

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

    for node in ast.walk(ast.parse(source)):
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


def tests_of(file: str) -> list[list[str]]:
    """Return the tests to run for a module, one step after another: its own, those that name it, its folder's.

    Args:
        file: the module.
    """
    path = Path(file).relative_to("ablate")
    folder = ROOT / "tests" / path.parts[0]
    own = ROOT / "tests" / path.with_name(f"test_{path.name}")
    names = re.compile(rf"\b{path.stem}\b")
    others = [
        test
        for test in sorted(folder.rglob("test_*.py"))
        if test != own and names.search(test.read_text(encoding="utf-8"))
    ]
    steps = [[own] if own.exists() else [], others, [folder]]
    first, *rest = [[str(test.relative_to(ROOT)) for test in tests] for tests in steps if tests]
    return [[*first, file], *rest]


def noticed(mutant: Mutant, copy: Path) -> str:
    """Return `yes` if a test fails with the change, `no` if none does, `late` if the tests do not end.

    Args:
        mutant: the change.
        copy: a copy of the repository, which is as it was afterwards.
    """
    path = copy / mutant.file
    data = path.read_bytes()
    path.write_bytes(data[: mutant.start] + mutant.new.encode() + data[mutant.end :])
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header"]
    try:
        for tests in tests_of(mutant.file):
            run = subprocess.run(  # noqa: S603
                [*command, *tests], cwd=copy, env=environment, capture_output=True, timeout=SECONDS, check=False
            )
            if run.returncode != 0:
                return "yes"
    except subprocess.TimeoutExpired:
        return "late"
    finally:
        path.write_bytes(data)
    return "no"


def main(seed: str = "1", count: str = "12", *folders: str) -> int:
    """Draw, run and record; return the exit status."""
    paths = [
        path.relative_to(ROOT)
        for folder in folders or FOLDERS
        for path in sorted((ROOT / "ablate" / folder).rglob("*.py"))
    ]
    every = [one for path in paths for one in places(str(path), (ROOT / path).read_text(encoding="utf-8"))]
    drawn = random.Random(int(seed)).sample(every, int(count))  # noqa: S311
    rows: list[Sequence[object]] = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "node_modules", "__pycache__"))
        new = not FILE.exists()
        with FILE.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(COLUMNS)
            for one in drawn:
                rows.append((seed, one.file, one.line, f"{one.old} -> {one.new}", noticed(one, copy), ""))
                writer.writerow(rows[-1])
                file.flush()
                print(*rows[-1], flush=True)
    print(f"{sum(row[4] == 'yes' for row in rows)} of {len(rows)} were noticed.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
