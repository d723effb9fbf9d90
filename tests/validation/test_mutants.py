"""Changes that mutants make: where they are, and that a test which notices one is seen to fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from coverage import CoverageData

from validation import mutants

SOURCE = '''def near(a, b, *, strict=True):
    """Return whether a < b - 1."""
    return (a + 2 * b) <= 1.5 and not (strict or a
                                       in b)


@dataclass(frozen=True)
class Pairs:
    pairs = zip(strict=True)
'''


def test_every_operator_number_and_truth_value_is_a_place_but_no_word_of_a_docstring() -> None:
    found = {(one.line, one.old, one.new) for one in mutants.places("x.py", SOURCE)}
    assert found == {
        (1, "True", "False"),
        (3, "+", "-"),
        (3, "2", "4"),
        (3, "*", "/"),
        (3, "<=", "<"),
        (3, "1.5", "3.0"),
        (3, "and", "or"),
        (3, "or", "and"),
        (3, "in", "not in"),
    }
    for one in mutants.places("x.py", SOURCE):
        assert SOURCE[one.start : one.end] == one.old


def test_a_mutant_is_noticed_by_the_test_that_fails_only_with_it(tmp_path: Path) -> None:
    (tmp_path / "ablate" / "part").mkdir(parents=True)
    (tmp_path / "tests" / "part").mkdir(parents=True)
    module = tmp_path / "ablate" / "part" / "sums.py"
    module.write_text("def total(a, b):\n    return a + b\n\n\ndef other(a):\n    return a * 3\n")
    test = (
        "import sys\nsys.path.insert(0, 'ablate/part')\nimport sums\n\n\ndef test():\n    assert sums.total(2, 3) == 5"
    )
    (tmp_path / "tests" / "part" / "test_sums.py").write_text(test)
    mutants.LIBRARIES.set_forkserver_preload(["pytest"])
    before = module.read_text()
    answers = {
        one.old: mutants.noticed(one, tmp_path)
        for one in mutants.places("ablate/part/sums.py", before)
        if one.old in "+*"
    }
    assert answers == {"+": ("yes", "tests/part/test_sums.py::test"), "*": ("no", "")}
    assert module.read_text() == before


def test_a_modules_tests_and_those_that_import_it_come_first_and_its_folders_others_last(tmp_path: Path) -> None:
    tests = {
        "part/inner/test_sums.py": "",
        "part/inner/test_other.py": "from ablate.part.inner import (\n    first,\n    sums,\n)",
        "part/inner/test_recorded.py": "",
        "part/test_last.py": "from ablate.part.inner import sums_of",
        "part/test_recorded.py": "",
        "outside/test_one.py": "from ablate.part import first, inner",
        "outside/test_two.py": "from ablate.part.inner.sums import total",
        "outside/test_three.py": "from ablate.part import inner_sums",
    }
    for name, text in tests.items():
        (tmp_path / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / name).write_text(text)
    module = "ablate/part/inner/sums.py"
    assert [[name.removeprefix("tests/") for name in step] for step in mutants.tests_of(module, tmp_path)] == [
        ["part/inner/test_sums.py", "part/inner/test_recorded.py", "part/inner/test_other.py", module],
        ["outside/test_one.py", "outside/test_two.py", "part/test_recorded.py"],
        ["part/test_last.py"],
    ]
    assert mutants.tests_of("ablate/part/first.py", tmp_path)[:2] == [
        ["tests/part/test_recorded.py", "ablate/part/first.py"],
        ["tests/outside/test_one.py", "tests/part/inner/test_recorded.py"],
    ]


def test_the_tests_that_run_the_changed_line_are_known_from_coverage(tmp_path: Path) -> None:
    data = CoverageData(str(tmp_path / ".coverage"))
    for test, lines in {
        "": [1, 2],
        "ablate/part/sums.py::ablate.part.sums|run": [3],
        "tests/other/test_use.py::test_a[3|4]|run": [2, 3],
        "tests/part/test_sums.py::test_b|setup": [3],
        "tests/part/test_sums.py::test_c|run": [4],
    }.items():
        data.set_context(test)
        data.add_lines({"ablate/part/sums.py": lines, "ablate/part/inner/sums.py": [9]})
    data.write()
    there = tmp_path / ".coverage"
    use, own = "tests/other/test_use.py::test_a[3|4]", "tests/part/test_sums.py::test_b"
    assert mutants.reaching("ablate/part/sums.py", 3, there) == [own, use]
    assert mutants.reaching("ablate/part/sums.py", 2, there) == [use]
    assert mutants.reaching("ablate/part/sums.py", 1, there) == []
    assert mutants.reaching("ablate/part/sums.py", 3, tmp_path / "none") == []


def test_tests_far_away_notice_where_they_run_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("ablate/part", "tests/elsewhere"):
        (tmp_path / folder).mkdir(parents=True)
    module = tmp_path / "ablate" / "part" / "sums.py"
    module.write_text("def total(a, b):\n    return a + b\n")
    (tmp_path / "tests" / "elsewhere" / "test_use.py").write_text(
        "import sys\nsys.path.insert(0, 'ablate/part')\n\n\ndef test():\n    assert __import__('sums').total(2, 3) == 5"
    )
    mutants.LIBRARIES.set_forkserver_preload(["pytest"])
    (plus,) = mutants.places("ablate/part/sums.py", module.read_text())
    assert mutants.noticed(plus, tmp_path) == ("no", "")
    monkeypatch.setattr(
        mutants, "reaching", lambda _file, line, _data: ["tests/elsewhere/test_use.py::test"] * (line == 2)
    )
    assert mutants.noticed(plus, tmp_path) == ("yes", "tests/elsewhere/test_use.py::test")
