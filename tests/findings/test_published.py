"""What is read from a made-up folder of reports."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from findings import published, verdicts
from tests.findings.made_reports import HEAD, write


def test_only_declared_comparisons_of_escape_are_read(results: Path) -> None:
    _, loss = published.load(results, results.parent)
    assert [each.size and each.size.estimate for each in loss.comparisons] == [0.8, -0.8, None, 0.0]
    assert [each.expect for each in loss.comparisons] == ["more", "more", "more", "same"]


def test_a_claim_is_all_that_asks_the_same(results: Path) -> None:
    _, loss = published.load(results, results.parent)
    does, lower = loss.claims
    assert [name for name, _ in does.places] == ["task=digits, Prevention", "task=blobs, Prevention", "task=words"]
    assert does.verdict.startswith("holds only where task=digits, Prevention; not where task=blobs")
    assert does.places[2][1].verdict == verdicts.NOT_ANSWERED
    assert lower.verdict == "not decided"


def test_a_comparison_that_asks_nothing_is_called_by_its_levels(results: Path) -> None:
    write(results, "rate", HEAD, ["Prevention,escaped,declared,Holm,width,8,16,0,-1,1,1,1,4,4,"])
    (results.parent / "rate.yaml").write_text("question: Which rate?\n")
    assert [each.question for each in published.study(results, results.parent, "rate").claims] == ["width 8 against 16"]


def test_what_a_change_does_at_the_baseline_is_read_beside_the_mean(results: Path) -> None:
    row = "Prevention,escaped,{},Holm,width,8,16,{},{},1,1,1,4,4,Does it?"
    lines = [row.format("declared", 0.1, -0.5), row.format("declared at the baseline", 0.9, 0.6)]
    write(results, "rate", HEAD, lines)
    (results.parent / "rate.yaml").write_text("question: Which rate?\n")
    (one,) = published.study(results, results.parent, "rate").comparisons
    assert one.size is not None
    assert one.alone is not None
    assert (one.size.estimate, one.alone.estimate) == (0.1, 0.9)


def test_the_questions_tell_what_batch_norms_momentum_does() -> None:
    root = Path(__file__).parents[2]
    trials = pd.read_parquet(root / "results" / "published" / "momentum" / "report" / "trials.parquet")
    deep = trials[(trials["depth"] == "8") & (trials["learning_rate"] == "0.001")]
    escaped = deep.assign(escaped=deep["state"] == "escaped").groupby("normalization")["escaped"].agg(["sum", "size"])
    keras, small = (escaped.loc[level] for level in ("batch_0.99", "batch"))
    said = f"{keras['sum']} of {keras['size']} networks were above chance; with 0.9, {small['sum']} of {small['size']}"
    assert said in (root / "docs" / "faq.md").read_text(encoding="utf-8")
