"""Which module may import what: the borders that keep the engine, the configs and the statistics apart."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ONLY_IN = {
    "tensorflow": ("ablate/engine/", "ablate/remedies/"),
    "keras": ("ablate/engine/", "ablate/remedies/"),
    "hydra": ("ablate/__main__.py", "ablate/configure/", "hydra_plugins/"),
    "omegaconf": ("ablate/__main__.py", "ablate/configure/", "hydra_plugins/"),
    "optuna": ("ablate/search/", "hydra_plugins/"),
    "ray": ("ablate/executors/",),
    "matplotlib": ("ablate/report/",),
    "jinja2": ("ablate/report/",),
}
"""Package -> where it may be imported."""

NEVER = (
    ("ablate/report/", "ablate.engine"),
    ("ablate/stats/", "ablate.engine"),
    ("ablate/stats/", "ablate.report"),
    ("ablate/stats/", "ablate.configure"),
    ("ablate/remedies/", "ablate.configure"),
    ("ablate/engine/", "ablate.configure"),
    ("ablate/engine/", "ablate.store"),
    ("ablate/core/study.py", "ablate.remedies"),
    ("ablate/search/", "ablate.engine"),
    ("ablate/search/", "ablate.report"),
    ("ablate/report/", "ablate.search"),
)
"""(place, package that must not be imported there)."""

LIGHT = ("numpy", "pandas", "pyarrow", "scipy", "sklearn", "matplotlib", "tensorflow", "keras", "optuna")


def imports(source: str) -> Iterator[tuple[str, bool]]:
    """Every module a source imports, and whether it does so when it is itself imported."""
    tree = ast.parse(source)
    late = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            late |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, id(node) not in late
            yield from ((f"{node.module}.{alias.name}", id(node) not in late) for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def violations(path: str, source: str) -> list[str]:
    """What a file at that place imports and must not."""
    found = []
    for name, at_import in imports(source):
        for package, places in ONLY_IN.items():
            if within(name, package) and not path.startswith(places):
                found.append(f"{path} imports {name}: only {', '.join(places)} may")
        for place, package in NEVER:
            if path.startswith(place) and within(name, package):
                found.append(f"{path} imports {name}: nothing in {place} may")
        if at_import and within(name, "tensorflow") and not path.startswith("ablate/engine/"):
            found.append(f"{path} imports {name} when it is imported")
    return sorted(set(found))


def files() -> list[Path]:
    return sorted([*(ROOT / "ablate").rglob("*.py"), *(ROOT / "hydra_plugins").rglob("*.py")])


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_keeps_the_borders(path: Path) -> None:
    assert violations(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ablate/store/reading.py", "def f():\n    import tensorflow as tf\n"),
        ("ablate/remedies/loss.py", "import tensorflow as tf\n"),
        ("ablate/stats/rates.py", "from keras.losses import Loss\n"),
        ("ablate/configure/study_from_config.py", "def f():\n    from omegaconf import OmegaConf\n"),
        ("ablate/runner/sweep.py", "import hydra.utils\n"),
        ("ablate/runner/sweep.py", "import optuna\n"),
        ("ablate/report/page.py", "from ablate import engine\n"),
        ("ablate/report/page.py", "def f():\n    from ablate.engine.program import Stack\n"),
        ("ablate/stats/effects.py", "import matplotlib.pyplot as plt\n"),
        ("ablate/core/study.py", "from ablate import remedies\n"),
        ("ablate/remedy_search/arms.py", "def f():\n    from ablate.engine import train\n"),
        ("ablate/remedy_search/arms.py", "def f():\n    import tensorflow as tf\n"),
        ("ablate/report/page.py", "from ablate.search import answer\n"),
        ("ablate/commands/search.py", "import optuna\n"),
    ],
)
def test_a_planted_violation_is_seen(path: str, source: str) -> None:
    assert len(violations(path, source)) >= 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ablate/engine/step.py", "import tensorflow as tf\n"),
        ("ablate/remedies/loss.py", "def f():\n    import tensorflow as tf\n"),
        ("ablate/configure/config_files.py", "import hydra\n"),
        ("ablate/store/reading.py", "import hydrant\nimport pandas as pd\n"),
    ],
)
def test_what_is_allowed_is_not(path: str, source: str) -> None:
    assert violations(path, source) == []


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
    assert not loaded("import ablate.engine.program, ablate.sweep, ablate.commands.sweep") & {"tensorflow", "keras"}
