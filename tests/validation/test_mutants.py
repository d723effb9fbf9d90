"""Changes that mutants make: where they are, and that a test which notices one is seen to fail."""

from __future__ import annotations

from pathlib import Path

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
