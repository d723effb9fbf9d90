from __future__ import annotations

import json
import re
import shutil
import subprocess
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate import report
from ablate.core import filesystem
from ablate.core.errors import ConfigError, StoreError
from ablate.outcomes.states import STATES
from ablate.report import folder, packing, page, pictures
from ablate.report.folder import published
from ablate.report.sections import rates
from ablate.results import study_results
from ablate.results.study_results import Results
from tests import recorded
from tests.report.recorded_page import words_of
from tests.synthetic import LOSS, build, factor, study

TABLES = {"settings", "levels", "sets", "contrasts", "importance", "times", "plateaus", "sights", "failures"}
FIGURES = {
    "glance", "levels", "forest-screen-escape", "importance-escape", "time-loss",
    "training-loss", "training-state", "singles", "sets",
}  # fmt: skip


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tiny(folder: Path) -> Results:
    """Two settings of one seed: a report in little time."""
    levels = {name: LOSS[name] for name in ("clipped", "fused")}
    return study_results.load(build(folder, study(factors=(factor("loss", levels),), seeds=(0,), contrasts=())))


def test_the_report_is_page_tables_trials_endings_and_manifest(small_folder: Path) -> None:
    names = set(files(small_folder / "report"))
    tables = {name for name in names if name.startswith("tables/")}
    assert names - tables == {"report.html", "trials.parquet", "endings.parquet", "manifest.json"}
    assert {f"tables/{name}.csv" for name in TABLES} <= tables
    html = packing.unpack((small_folder / "report" / "report.html").read_text(encoding="utf-8"))
    assert {name for name in FIGURES if f'<figure id="fig-{name}"><figcaption>' in html} == FIGURES


def test_the_same_shards_give_the_same_bytes(small_folder: Path) -> None:
    first = files(small_folder / "report")
    report.write(study_results.load(small_folder))
    second = files(small_folder / "report")
    assert sorted(first) == sorted(second)
    changed = [name for name in first if first[name] != second[name]]
    assert not changed, changed


def test_formats_that_are_asked_for_lie_beside_the_page_and_it_links_to_them(tmp_path: Path) -> None:
    place = Path(str(report.write(tiny(tmp_path), formats=["svg", "tex"])))
    names = set(files(place))
    html = packing.unpack((place / "report.html").read_text(encoding="utf-8"))
    stems = set(re.findall(r'<figure id="fig-([^"]+)">', html))
    assert "glance" in stems
    assert {name for name in names if name.startswith("figures/")} == {f"figures/{stem}.svg" for stem in stems}
    tables = {name.removesuffix(".csv") for name in names if name.endswith(".csv")}
    assert {name.removesuffix(".tex") for name in names if name.endswith(".tex")} == tables
    links = set(re.findall(r'href="([^"#][^"]*[^/"])"', html)) - {"data:,"}
    assert {link for link in links if not link.startswith("figures/")} == {
        "tables/settings.csv", "tables/settings.tex", "trials.parquet"
    }  # fmt: skip
    assert {link for link in links if link.startswith("figures/")} <= names


def test_a_page_without_formats_links_only_to_files_that_are_there(small_folder: Path) -> None:
    html = packing.unpack((small_folder / "report" / "report.html").read_text(encoding="utf-8"))
    links = set(re.findall(r'href="([^"#]+)"', html)) - {"data:,"}
    assert links == {"tables/settings.csv", "tables/", "trials.parquet"}


def test_an_unknown_format_is_refused_before_anything_is_written(small_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="format of a report"):
        report.write(study_results.load(small_folder), tmp_path, formats=["jpeg"])
    assert files(tmp_path) == {}


@pytest.mark.usefixtures("undrawn")
def test_two_figures_of_one_name_get_names_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = tiny(tmp_path)
    monkeypatch.setattr(rates, "heats", lambda inputs: [rates.glance(inputs), rates.glance(inputs)])
    html = packing.unpack((report.write(results) / "report.html").read_text(encoding="utf-8"))
    assert re.findall(r'id="fig-(glance[^"]*)"', html) == ["glance", "glance-2", "glance-3"]


def test_trials_are_published_with_their_levels(small_folder: Path) -> None:
    frame = pd.read_parquet(small_folder / "report" / "trials.parquet")
    loaded = study_results.load(small_folder).trials
    assert list(frame["id"]) == list(loaded["id"])
    assert list(frame["state"]) == list(loaded["state"].astype(str))
    assert list(frame.columns[:5]) == ["id", "loss", "learning_rate", "seed", "state"]
    ends = pd.read_parquet(small_folder / "report" / "endings.parquet")
    assert sorted(ends["id"]) == sorted(loaded["id"])
    stored = study_results.load(small_folder).curves(ends["id"])
    first = ends.iloc[0]
    assert first["loss"] == np.float32(f"{stored[first['id']].signals['loss'][-3:].mean(dtype=float):.4g}")
    assert "wall_seconds" not in frame


def test_tables_agree_with_the_trials(small_folder: Path) -> None:
    table = pd.read_csv(small_folder / "report" / "tables" / "settings.csv", dtype={"learning_rate": str})
    trials = study_results.load(small_folder).trials
    for row in table.itertuples():
        own = trials[(trials["loss"] == row.loss) & (trials["learning_rate"].astype(str) == row.learning_rate)]
        assert row.n == len(own) == 6
        assert row.escaped == (own["state"] == "escaped").sum()
        assert row.low <= row.escape_rate <= row.high


def test_failed_trials_are_in_every_denominator(small_folder: Path) -> None:
    levels = pd.read_csv(small_folder / "report" / "tables" / "levels.csv")
    mse = levels[levels["level"] == "mse"].iloc[0]
    assert mse["n"] == 12
    assert mse["failed"] > 0


def test_a_clone_without_shards_keeps_its_published_report(small_folder: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    shutil.copytree(small_folder / "report", clone / "report")
    before = files(clone)
    with pytest.raises(StoreError, match="made from shards"):
        report.write(study_results.load(clone))
    assert files(clone) == before


@pytest.mark.usefixtures("undrawn")
def test_published_parts_make_the_report_that_their_shards_made(small_folder: Path, tmp_path: Path) -> None:
    frames = {name: pd.read_parquet(small_folder / "report" / f"{name}.parquet") for name in ("trials", "endings")}
    for seed, rows in frames["trials"].groupby("seed"):
        part = tmp_path / "parts" / f"{seed:02}"
        part.mkdir(parents=True)
        rows.to_parquet(part / "trials.parquet", index=False)
        ends = frames["endings"]
        ends[ends["id"].isin(rows["id"])].to_parquet(part / "endings.parquet", index=False)
    (tmp_path / "report").mkdir()
    shutil.copy(small_folder / "report" / "manifest.json", tmp_path / "report" / "manifest.json")
    made, before = files(report.write(study_results.load(tmp_path))), files(small_folder / "report")
    assert {"trials.parquet", "endings.parquet"} & set(made) == set()
    assert made["manifest.json"] == before["manifest.json"]
    for name in TABLES - {"times"}:
        assert made[f"tables/{name}.csv"] == before[f"tables/{name}.csv"], name
    html = packing.unpack(made["report.html"].decode())
    assert "Made from published trials of 6 parts: the curves are not here." in html
    assert 'href="../parts/"' in html
    assert 'href="trials.parquet"' not in html


def test_a_report_that_cannot_be_made_leaves_the_old_one(small_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(small_folder / "report")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pictures, "draw", full)
    with pytest.raises(StoreError, match="No space left"):
        report.write(study_results.load(small_folder))
    assert files(small_folder / "report") == before
    assert [path.name for path in small_folder.iterdir() if path.name.startswith(".report")] == []


def test_published_trials_read_back_as_they_were(whole: Results) -> None:
    frame = published(whole)
    assert set(frame["state"]) <= {"failed", "diverged", "escaped", "collapsed", "slow", "stuck"}
    assert frame["time"].isna().sum() == whole.trials["time"].isna().sum()


@pytest.mark.usefixtures("undrawn")
def test_a_study_with_one_setting_has_a_report(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", {"fused": LOSS["fused"]}),), seeds=(0, 1), contrasts=())
    folder = build(tmp_path, own)
    html = (report.write(study_results.load(folder)) / "report.html").read_text()
    assert "Nothing varies" in html


@pytest.mark.usefixtures("undrawn")
def test_half_a_study_says_what_is_missing(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", LOSS),), seeds=(0, 1, 2), contrasts=())
    folder = build(tmp_path, own, keep=lambda number: number % 3 != 2)
    html = (report.write(study_results.load(folder)) / "report.html").read_text()
    assert "6 of 9 planned trials are here" in html
    assert "not finished" in html


@pytest.mark.usefixtures("undrawn")
def test_a_union_of_designs_has_a_whole_report(union_results: Results) -> None:
    place = report.write(union_results)
    html = packing.unpack((place / "report.html").read_text(encoding="utf-8"))
    recorded.same("union_report", words_of(place))
    assert 'id="fig-importance-escape"' in html
    assert 'id="fig-sets"' in html
    assert "clip_trap" in (place / "tables" / "plateaus.csv").read_text()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
@pytest.mark.usefixtures("undrawn")
def test_every_latex_table_compiles(small_folder: Path, tmp_path: Path) -> None:
    place = Path(str(report.write(study_results.load(small_folder), tmp_path, formats=["tex"])))
    tables = sorted((place / "tables").glob("*.tex"))
    assert len(tables) >= len(TABLES)
    body = "\n".join(path.read_text(encoding="utf-8") for path in tables)
    head = r"\documentclass[landscape,a2paper]{article}\usepackage[T1]{fontenc}\usepackage{booktabs,longtable}"
    (tmp_path / "t.tex").write_text(head + r"\begin{document}" + body + r"\end{document}", encoding="utf-8")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "t.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


def test_the_page_is_self_contained_and_small(small_folder: Path) -> None:
    html = packing.unpack((small_folder / "report" / "report.html").read_text(encoding="utf-8"))
    assert len(html.encode()) < page.LIMIT
    without_names = html.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "")
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", without_names)
    assert "@import" not in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_every_number_links_to_rows_that_exist(small_folder: Path) -> None:
    html = packing.unpack((small_folder / "report" / "report.html").read_text(encoding="utf-8"))
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]
    keys = {key["name"]: set(key["levels"]) for key in data["keys"]}
    links = re.findall(r'href="#settings\?([^"]+)"', html)
    assert len(links) > 10
    for link in links:
        for pair in link.replace("&amp;", "&").split("&"):
            name, level = pair.split("=")
            assert level in keys[name] if name in keys else (name, level) == ("search", "") or level in STATES


def test_an_upload_ends_with_the_manifest_and_leaves_no_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader who sees the new manifest sees the whole new report."""
    pytest.importorskip("fsspec")
    target = filesystem.place(f"memory://{uuid.uuid4().hex}")
    assert isinstance(target, filesystem.Address)
    names = ["tables/a.csv", "report.html", "trials.parquet", "manifest.json"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"new {name}")
    for name in ("report.html", "old.parquet", "tables/old.csv", "figures/old.svg"):
        filesystem.write(target / name, b"old")
    written: list[str] = []
    write = filesystem.write

    def noted(file: filesystem.Place, content: bytes) -> None:
        written.append(str(file).removeprefix(f"{target}/"))
        write(file, content)

    monkeypatch.setattr(filesystem, "write", noted)
    folder._upload(tmp_path, target)
    assert written == ["tables/a.csv", "trials.parquet", "report.html", "manifest.json"]
    assert [filesystem.read(target / name).decode() for name in names] == [f"new {name}" for name in names]
    left = {name: sorted(filesystem.listed(target / name if name else target)) for name in ("", "tables", "figures")}
    assert left == {"": ["manifest.json", "report.html", "trials.parquet"], "tables": ["a.csv"], "figures": []}
