"""The contracts of `tool.importlinter` see a planted violation each, and what must be light to import is."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

LIGHT = ("numpy", "pandas", "pyarrow", "scipy", "sklearn", "matplotlib", "tensorflow", "keras", "optuna")

PLANTED = {
    "direction": ("ablate/stats/rates.py", "def late():\n    from ablate.report import folder\n"),
    "circles": ("ablate/core/errors.py", "def late():\n    from ablate.core import study\n"),
    "tensorflow": ("ablate/store/reading.py", "def late():\n    import tensorflow as tf\n"),
    "hydra": ("ablate/runner/sweep.py", "import hydra.utils\n"),
    "optuna": ("ablate/commands/search.py", "import optuna\n"),
    "drawing": ("ablate/stats/effects.py", "import matplotlib.pyplot as plt\n"),
    "ray": ("ablate/runner/sweep.py", "def late():\n    import ray\n"),
}
"""By contract, a file and what is added to it."""


def contracts() -> dict[str, str]:
    """The name of each contract, by its id."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in config["contracts"]}


def test_each_contract_sees_a_planted_violation(tmp_path: Path) -> None:
    for name in ("ablate", "hydra_plugins"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, source in PLANTED.values():
        with (tmp_path / path).open("a") as file:
            file.write(f"\n\n{source}")
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"
    words = [sys.executable, "-c", program, "--no-logo", "--no-cache"]
    said = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert set(PLANTED) == set(contracts())
    assert re.findall(r"^(.*) BROKEN", said, re.MULTILINE) == list(contracts().values()), said


ALLOWED = {
    "tensorflow": {"engine", "remedies"},
    "hydra": {"__main__", "configure", "hydra_app"},
    "optuna": {"remedy_search"},
    "drawing": {"report"},
    "ray": {"executors"},
}
"""By contract, the parts of the package that may import its libraries."""


def test_each_border_holds_for_every_other_part_of_the_package() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    parts = {
        path.stem for path in (ROOT / "ablate").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    for contract in config["contracts"]:
        if contract["type"] == "forbidden":
            listed = {name.removeprefix("ablate.") for name in contract["source_modules"] if name.startswith("ablate.")}
            assert parts - listed == {"__init__", *ALLOWED[contract["id"]]}, contract["id"]


def test_no_contract_has_an_exception() -> None:
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def loaded(code: str) -> set[str]:
    """Top-level packages in memory after the code has run in a fresh process."""
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(said.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded("import ablate") & {*LIGHT, "hydra", "omegaconf"}


def test_composing_a_study_and_the_command_line_load_nothing_heavy() -> None:
    assert not loaded("import ablate.commands.main") & {*LIGHT, "hydra", "omegaconf"}
    assert not loaded("import ablate; ablate.compose(['loss=clipped,fused', 'seed=range(3)'])") & set(LIGHT)


def test_planning_stacks_needs_no_tensorflow() -> None:
    assert not loaded("import ablate.engine.program, ablate.runner.sweep, ablate.commands.sweep") & {
        "tensorflow",
        "keras",
    }


def test_no_package_offers_a_name_that_is_also_one_of_its_modules() -> None:
    """Importing the module would replace the function: whether a call works would depend on what ran before."""
    for init in sorted((ROOT / "ablate").rglob("__init__.py")):
        modules = {path.stem for path in init.parent.iterdir() if path.suffix == ".py" or path.is_dir()}
        tree = ast.parse(init.read_text(encoding="utf-8"))
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module != ".".join(init.parent.relative_to(ROOT).parts)
            for alias in node.names
        }
        assert not modules & (defined | imported), init


def test_pytest_takes_nothing_of_the_package_for_a_test() -> None:
    """`pytest ablate/MODULE.py` runs the examples of a module, and takes each name below for a test of its own."""
    names = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in (ROOT / "ablate").rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.startswith(("Test", "test"))
    ]
    assert names == []


def test_no_graph_is_made_by_autograph_which_leaves_files_in_the_temporary_folder() -> None:
    calls = [
        (path.relative_to(ROOT), call)
        for folder in ("ablate", "hydra_plugins")
        for path in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "tf.function"
    ]
    assert len(calls) > 10
    given = {f"{path}:{call.lineno}": [ast.unparse(word) for word in call.keywords] for path, call in calls}
    assert {where for where, words in given.items() if "autograph=False" not in words} == set()
