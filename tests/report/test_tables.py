from __future__ import annotations

import csv
import io
import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate.report import tables

NASTY = ["=cmd|' /C calc'!A0", "<b>&amp;</b>", r"\input{x} 50% a_b #1 ~^", 'quo"te, comma\nline', "pi|pe"]


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {"level": NASTY, "n": range(5), "rate": [0.5, 1 / 3, 1.0, np.nan, 12.0], "state": pd.Categorical(["a"] * 5)}
    )


def test_csv_reads_back_with_full_precision_and_no_formula(frame: pd.DataFrame) -> None:
    rows = list(csv.reader(io.StringIO(tables.csv(frame))))
    assert rows[0] == ["level", "n", "rate", "state"]
    assert rows[1][0] == "'" + NASTY[0]
    assert float(rows[2][2]) == 1 / 3
    assert rows[4][2] == ""
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_markdown_has_one_cell_a_column(frame: pd.DataFrame) -> None:
    lines = tables.markdown(frame).splitlines()
    assert len(lines) == 2 + 5
    for line in lines:
        assert line.replace(r"\|", "").count("|") == 5
    assert lines[1] == "| --- | ---: | ---: | --- |"


def test_json_is_valid_and_missing_numbers_are_null(frame: pd.DataFrame) -> None:
    rows = json.loads(tables.as_json(frame))
    assert rows[3]["rate"] is None
    assert rows[0]["level"] == NASTY[0]


def test_text_columns_line_up(frame: pd.DataFrame) -> None:
    lines = tables.text(frame).splitlines()
    ends = {line.rindex("a") for line in lines[1:]}
    assert len(ends) == 1
    assert "\n" not in lines[4]


def test_an_empty_table_is_its_header() -> None:
    frame = pd.DataFrame({"a": [], "b": []})
    assert tables.csv(frame) == "a,b\n"
    assert len(tables.markdown(frame).splitlines()) == 2
    assert tables.text(frame) == "a  b\n"


def test_latex_is_booktabs_with_everything_escaped(frame: pd.DataFrame) -> None:
    text = tables.latex(frame, "50% of a_b", "tab:x")
    assert r"\toprule" in text
    assert r"\midrule" in text
    assert r"\bottomrule" in text
    assert r"\input" not in text
    assert r"50\% of a\_b" in text
    assert "1 & 0.333" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_latex_compiles(frame: pd.DataFrame, tmp_path: Path) -> None:
    document = (
        r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{booktabs,longtable}\begin{document}"
        + tables.latex(frame, "50% of a_b", "tab:x")
        + r"\end{document}"
    )
    (tmp_path / "t.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "t.tex"],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()[-2000:]
    assert (tmp_path / "t.pdf").stat().st_size > 1000


@pytest.mark.parametrize(
    ("formats", "names"),
    [((), ["x.csv"]), (("pdf",), ["x.csv"]), (("tex", "md", "png"), ["x.csv", "x.md", "x.tex"])],
)
def test_save_writes_csv_and_what_else_is_asked_for(
    frame: pd.DataFrame, tmp_path: Path, formats: tuple[str, ...], names: list[str]
) -> None:
    tables.save(frame, tmp_path, "x", "Caption", formats)
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_equal_values_of_different_types_keep_their_own_text() -> None:
    frame = pd.DataFrame({"value": pd.Series([1, True, 1.0, "1", math.nan, 2.5, 2.5], dtype=object)})
    cells = [line.removeprefix("| ").removesuffix(" |") for line in tables.markdown(frame).splitlines()[2:]]
    assert cells == ["1", "True", "1", "1", "", "2.5", "2.5"]


def test_a_table_that_is_wider_than_the_terminal_goes_on_below_with_its_first_columns() -> None:
    frame = pd.DataFrame({f"count_{at}": [10**at, 2] for at in range(12)}).assign(loss=["mse", "fused"])
    frame = frame[["loss", *frame.columns[:-1]]]
    parts = tables.text(frame, width=40).split("\n\n")
    assert len(parts) > 2
    assert max(map(len, "\n".join(parts).splitlines())) <= 40
    assert all(part.split()[0] == "loss" for part in parts)
    cells = [word for part in parts for word in part.split()]
    assert all(str(10**at) in cells and f"count_{at}" in cells for at in range(12))
    assert tables.text(frame, keys=2, width=1).count("count_0") == 11, "two columns a part say what a row is"
    assert len(tables.text(frame).splitlines()) == 3, "no terminal, no end of a line"
