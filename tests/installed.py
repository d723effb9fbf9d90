"""A package of examples/ as installed, without a build tool: modules in a folder, and the metadata of a wheel."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def install(example: str, target: Path) -> None:
    """Puts an example's package and its entry points where a Python that has the folder on its path finds them."""
    source = EXAMPLES / example
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name = project["name"].replace("-", "_")
    shutil.copytree(source / name, target / name)
    record = target / f"{name}-{project['version']}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{key} = {value}" for key, value in entries.items()), ""]
    (record / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
