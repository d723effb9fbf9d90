"""The parts of a paper: every number is the study's, every method is cited, and LaTeX compiles if it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ablate.report import page, paper
from ablate.results.study_results import Results
from tests import recorded


@pytest.fixture(scope="module")
def folder(whole: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return paper.write(whole, tmp_path_factory.mktemp("study") / "paper")


def test_the_parts_are_written(folder: Path) -> None:
    files = {"paper.tex", "references.bib", "settings.tex", "contrasts.tex", "figure.pdf"}
    assert {path.name for path in folder.iterdir()} == files


def test_everything_that_is_cited_has_an_entry_and_every_entry_is_cited(folder: Path) -> None:
    text = (folder / "paper.tex").read_text()
    cited = {key for keys in re.findall(r"\\cite\{(.*?)\}", text) for key in keys.split(",")}
    entries = set(re.findall(r"^@\w+\{(\w+),", (folder / "references.bib").read_text(), re.MULTILINE))
    assert cited == entries
    assert {"holm1979", "mcnemar1947", "tango1998", "hooker2007", "schuirmann1987", "ablate"} <= cited
    assert not {"firth1993", "howard2021", "optuna2019"} & cited, "what this study does not use"


def test_every_entry_is_whole() -> None:
    source = page.template("references.bib")
    keys = re.findall(r"^@\w+\{(\w+),", source, re.MULTILINE)
    assert paper.references(keys).count("@") == len(keys) == len(set(keys))
    assert source.count("{") == source.count("}")


def test_the_words_say_what_was_done(folder: Path) -> None:
    text = (folder / "paper.tex").read_text()
    recorded.same(
        "paper", "\n".join((folder / f"{name}.tex").read_text() for name in ("paper", "settings", "contrasts"))
    )
    assert "We trained 36 settings that vary" in text
    assert "Every setting has 12 seeds, fixed in advance" in text
    assert "3 contrasts were declared before the study ran" in text
    assert r"\item[Seeds] 0-11;" in text
    assert r"\item[Meaning of intervals] One setting: 95 \% Wilson interval" in text
    assert r"\item[Compute] 432 trials; " in text
    assert "<<" not in text
    assert "<%" not in text


def test_the_tables_hold_the_baseline_and_the_comparisons_at_the_baseline(folder: Path) -> None:
    assert re.search(r"the baseline & \d+/12 &", (folder / "settings.tex").read_text())
    assert "loss: fused - clipped &" in (folder / "contrasts.tex").read_text()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
def test_latex_compiles(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "paper")
    for words in (["pdflatex"], ["bibtex"], ["pdflatex"], ["pdflatex"]):
        options = [] if words == ["bibtex"] else ["-interaction=nonstopmode", "-halt-on-error"]
        made = subprocess.run(
            [*words, *options, "paper"], cwd=tmp_path / "paper", capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stdout[-2000:]
    assert "undefined" not in made.stdout
    assert (tmp_path / "paper" / "paper.pdf").stat().st_size > 10_000
