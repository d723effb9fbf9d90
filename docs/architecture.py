"""Write into the documents what the code says: `python docs/architecture.py`.

Draws docs/architecture.svg; writes the table of folders in docs/architecture.md and the table of causes in
docs/glossary.md, each between its two markers. The folders and their order are the contract `direction` of
pyproject.toml. The imports are read by grimp, the library behind import-linter.
"""

from __future__ import annotations

import ast
import io
import re
import tomllib
from pathlib import Path

import grimp
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ablate.stats.cause_list import ALL, KINDS

ROOT = Path(__file__).parents[1]
MARKERS = "<!-- {0}: written by docs/architecture.py -->\n", "<!-- end of {0} -->\n"


def folders() -> list[str]:
    """Return the folders of the package, the highest first."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (contract["layers"] for contract in config["contracts"] if contract["id"] == "direction")
    return [name.strip() for layer in layers for name in layer.split("|")]


def imports(names: list[str]) -> dict[str, list[str]]:
    """Return for each folder the folders that it imports from, in the order of the names."""
    graph = grimp.build_graph("ablate", exclude_type_checking_imports=True)
    found: dict[str, set[str]] = {name: set() for name in names}
    for module in graph.modules:
        owner = module.split(".")[1] if "." in module else ""
        for imported in graph.find_modules_directly_imported_by(module):
            target = imported.split(".")[1] if "." in imported else ""
            if owner in found and target in found and owner != target:
                found[owner].add(target)
    return {name: [other for other in names if other in targets] for name, targets in found.items()}


def purpose(name: str) -> str:
    """Return the first line of the docstring of a folder or loose module."""
    path = ROOT / "ablate" / name / "__init__.py"
    path = path if path.is_file() else ROOT / "ablate" / f"{name}.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0].rstrip(".")


def table(names: list[str]) -> str:
    """Return the table of folders as Markdown."""
    rows = [f"| `{name}` | {purpose(name)} | {', '.join(others) or '-'} |" for name, others in imports(names).items()]
    return "\n".join(["| folder | what it does | imports from |", "| --- | --- | --- |", *rows, ""])


def picture(names: list[str]) -> str:
    """Return the matrix of imports as SVG: a row imports from a column; a dot above the diagonal would be a circle."""
    used = imports(names)
    figure = Figure(figsize=(7.5, 7.0), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    for row, name in enumerate(names):
        columns = [names.index(other) for other in used[name]]
        axes.plot(columns, [row] * len(columns), "o", color="#0072b2", markersize=8)
        axes.plot(row, row, "s", color="#d9d9d9", markersize=11)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="left")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("A dot: the row's folder imports from the column's.\nAll dots lie right of the diagonal.")
    axes.grid(color="#eeeeee")
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    text = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "architecture"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def causes() -> str:
    """Return the table of causes as Markdown."""
    rows = [f"| `{cause.name}` | {KINDS[cause.kind]} | {cause.meaning} |" for cause in ALL.values()]
    return "\n".join(["| cause | kind | meaning |", "| --- | --- | --- |", *rows, ""])


def written(old: str, what: str, content: str) -> str:
    """Return a document with the content between the markers of this name written again."""
    begin, end = (marker.format(what) for marker in MARKERS)
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}{content}{end}", old, flags=re.DOTALL)


def documents() -> dict[Path, str]:
    """Return each document as the code has it."""
    folder, names = ROOT / "docs", folders()
    architecture, glossary = folder / "architecture.md", folder / "glossary.md"
    return {
        folder / "architecture.svg": picture(names),
        architecture: written(architecture.read_text(encoding="utf-8"), "folders", table(names)),
        glossary: written(glossary.read_text(encoding="utf-8"), "causes", causes()),
    }


def main() -> None:
    """Write the documents."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
