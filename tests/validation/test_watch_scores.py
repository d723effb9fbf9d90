"""The page on `ablate.Watch` says what the published tables hold, and the scores are those of the fits."""

from __future__ import annotations

from pathlib import Path

from validation import watch_scores

COLUMNS = {
    "told": "0",
    "late": "",
    "steps": "100",
    "per_epoch": "10",
    "found": "",
    "nan": "0",
    "early": "0",
    "rule": "0",
}


def fit(part: str, state: str, cause: str = "", kind: str = "training", **seen: str) -> dict[str, str]:
    return {"part": part, "state": state, "cause": cause, "kind": kind, **COLUMNS, **seen}


def test_scores_count_what_is_told_in_time_and_named_right() -> None:
    rows = [
        fit("fresh", "stuck", "frozen", told="1", late="20", found="frozen"),
        fit("fresh_2", "stuck", "frozen", told="1", late="21", found="small_rate", early="1"),
        fit("fresh", "healthy", "mode_gap", told="0"),
        fit("fresh", "healthy", kind="looks_ill", told="1", rule="1"),
        fit("seen", "healthy", kind="healthy"),
    ]
    counted = {(row["part"], row["score"]): (row["right"], row["fits"]) for row in watch_scores.scores(rows)}
    assert counted["left out", "stuck or diverged, told"] == (2, 2)
    assert counted["left out", "of these, in time"] == (1, 2)
    assert counted["left out", "cause first, of faults"] == (1, 3)
    assert counted["left out", "cause first, of those told"] == (1, 2)
    assert counted["left out", "false alarm, looks ill"] == (1, 1)
    assert counted["left out", "false alarm, healthy"] == (0, 0)
    assert counted["all", "false alarm, healthy"] == (0, 1)
    assert counted["left out", "EarlyStopping, stuck or diverged"] == (1, 2)
    assert counted["left out", "2 points of 1/N, false"] == (1, 1)


def test_the_published_scores_and_the_page_are_those_of_the_fits() -> None:
    folder = watch_scores.PUBLISHED
    published = watch_scores.read(folder / "watch_scores.csv")
    fresh = watch_scores.scores(watch_scores.read(folder / "watch.csv"))
    assert published == [{name: str(value) for name, value in row.items()} for row in fresh]
    page = watch_scores.PAGE.read_text(encoding="utf-8")
    assert watch_scores.written(page, folder) == page
    assert page.count(watch_scores.BEGIN) == 1
    begin, end = (page.index(mark) for mark in (watch_scores.BEGIN, watch_scores.END))
    assert "| of these, in time |" in page[begin:end]


def test_a_page_without_tables_of_cost_and_proofs_has_none(tmp_path: Path) -> None:
    page = f"a\n{watch_scores.BEGIN}old\n{watch_scores.END}\nb\n"
    (tmp_path / "watch.csv").write_text("id,part\none,fresh\n", encoding="utf-8")
    (tmp_path / "watch_scores.csv").write_text("part,score,right,fits,share,low,high\n", encoding="utf-8")
    text = watch_scores.written(page, tmp_path)
    assert "old" not in text
    assert "kinds of models" not in text
    assert "| score | left out (1 programs, 1 fits) | all (1 programs, 1 fits) |" in text
