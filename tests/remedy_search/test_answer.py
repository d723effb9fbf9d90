from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest

from ablate.configure import compose
from ablate.remedy_search import answer, answer_text, space
from ablate.remedy_search.cells import Cell
from ablate.remedy_search.objectives import Evidence
from ablate.remedy_search.options import Search
from tests.remedy_search import planted
from tests.remedy_search.planted import Sweep, named, rate_outcome, searcher, two_needed

QUICK = Search(sampler="TPESampler", trials=500, blocks=(4, 8, 20), batch=8, confirm=24, claims=2)


@pytest.fixture
def no_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted factors are not the package's own: there is nothing to write for Keras."""
    monkeypatch.setattr(answer, "_keras_lines", SimpleNamespace(keras_lines=lambda *_: ["a line"]))
    monkeypatch.setattr(answer, "overrides", lambda setting, own: list(answer.changes(own, setting)))


def found_by(search: Search = QUICK, rate=two_needed) -> dict[str, object]:  # type: ignore[no-untyped-def]
    found = searcher(search)
    Sweep(rate_outcome(rate)).run(found)
    return answer.derive(found, planted.study())


@pytest.mark.usefixtures("no_patch")
def test_the_planted_pair_is_the_one_smallest_set() -> None:
    said = found_by()
    assert [each["changes"] for each in said["smallest"]] == [("b=b1", "c=c2")]  # type: ignore[attr-defined]
    (smallest,) = said["smallest"]  # type: ignore[misc]
    assert smallest["n"] == QUICK.confirm
    assert smallest["low"] >= QUICK.target
    assert smallest["minimal"]
    text = answer_text.text(json.loads(json.dumps(said)))
    assert "Sufficient: b=b1 c=c2" in text
    assert "random baseline (RandomSampler)" in text


@pytest.mark.usefixtures("no_patch")
def test_no_set_is_confirmed_after_more_trials_than_there_were() -> None:
    short = Search(sampler="RandomSampler", trials=80, blocks=(4, 8), batch=2, confirm=16, claims=1, seed=5)
    found = searcher(short, planted.study((3, 2)))
    Sweep(rate_outcome(lambda setting: float(named(setting)["a"] == "a0"))).run(found)
    (claim,) = found.arms[0].claims.values()
    assert claim.spent > found.arms[0].spent, "more is reserved for the open batches than they cost"
    (arm, _) = answer.derive(found, planted.study((3, 2)))["arms"]
    assert arm["confirmed_at"] == arm["trials"]


@pytest.mark.usefixtures("no_patch")
def test_nothing_found_is_said() -> None:
    said = found_by(rate=lambda _: 0.0)
    assert said["smallest"] == []
    assert "No set was confirmed" in answer_text.text(said)


@pytest.mark.usefixtures("no_patch")
def test_the_answer_is_a_file_without_passwords(tmp_path: Path) -> None:
    search = Search(**{**QUICK.__dict__, "storage": "postgresql://me:secret@host/db"})
    place = answer.write(found_by(search), tmp_path)
    content = Path(str(place)).read_text()
    assert "secret" not in content
    assert json.loads(content)["format"] == answer.FORMAT


def test_the_front_holds_what_nothing_beats_and_only_that() -> None:
    own = space.of(planted.study())

    def cell(code: str, escaped: int, time: int, changed: int) -> Cell:
        setting = own.setting({"a": 2, "b": f"b{code[0]}", "c": f"c{code[1]}", "d": "d0"})
        evidence = Evidence(
            states={"escaped": escaped, "stuck": 20 - escaped}, times=(time,) * escaped, limit=100, changes=changed
        )
        return Cell(setting=setting, origin="sampled", evidence=evidence)

    cells = [
        cell("00", 0, 1, 0),
        cell("10", 15, 40, 1),
        cell("20", 14, 40, 1),  # beaten by the one before
        cell("11", 20, 40, 2),
        cell("12", 19, 10, 2),  # slower ones are surer
        cell("21", 20, 40, 3),  # beaten
    ]
    front = answer.pareto(own, cells)
    assert [(each.escaped, len(each.changes)) for each in front] == [(0, 0), (15, 1), (20, 2), (19, 2)]
    for each in front:
        assert each.low <= each.escaped / each.n <= each.high
    assert front[0].median_time is None


def test_what_was_not_explored_is_counted() -> None:
    own = space.of(planted.study((2, 2, 2)))
    settings = [own.setting({"a": 1, "b": "b0", "c": "c0"}), own.setting({"a": 0, "b": "b1", "c": "c0"})]
    said = answer.unexplored(own, settings)
    assert (said["tried"], said["settings"], said["pairs"]) == (2, 8, 12)
    assert said["pairs_tried"] == 2 + 2 + 2
    assert said["levels"] == ["c=c1"]
    assert "never tried: c=c1." in answer_text.gaps(said)
    many = said | {"levels": [f"a=a{n}" for n in range(11)]}
    assert "a=a7 and 3 more." in answer_text.gaps(many)
    assert answer_text.gaps(answer.unexplored(own, [])) == "Explored: no batch of settings is finished yet."


def test_the_patch_is_only_what_changes_and_composes_to_the_setting() -> None:
    base = [
        "loss=clipped,fused",
        "learning_rate=0.05,0.001",
        "width=128,32",
        "optimizer=adam,sgd",
        "activation=leaky_relu",
    ]
    study = compose([*base, "baseline.learning_rate=0.05"])
    own = space.of(study)
    levels = {
        name: next(level for level in study.factor(name).levels if level != study.factor(name).baseline)
        for name in ("loss", "learning_rate")
    }
    setting = study.baseline.replace(**levels)
    words = answer.overrides(setting, own)
    assert {word.split("=")[0] for word in words} == {"loss", "learning_rate"}
    whole = compose(["width=128", "activation=leaky_relu", *words]).baseline
    assert dict(whole.levels) == dict(setting.levels)


def test_reduced_sets_replace_those_that_contain_them() -> None:
    def tested(*changes: str, confirmed: bool = True) -> answer.JudgedClaim:
        known = {"arm": "search", "n": 24, "escaped": 24, "low": 0.9, "confidence": 0.99, "minimal": True}
        return answer.JudgedClaim(changes=changes, confirmed=confirmed, overrides=(), keras=(), **known)

    claims = [tested("a", "b", "c"), tested("b", "a"), tested("d", confirmed=False), tested("c", "d")]
    assert [each.changes for each in answer.smallest(claims)] == [("b", "a"), ("c", "d")]


def test_every_number_is_json_whatever_happened() -> None:
    own = space.of(planted.study())
    evidence = Evidence(states={"failed": 4}, limit=100, changes=0)
    (only,) = answer.pareto(own, [Cell(setting=own.baseline, origin="baseline", evidence=evidence)])
    assert only.median_time is None
    assert not any(isinstance(value, float) and not math.isfinite(value) for value in vars(only).values())
    assert named(own.baseline)["a"] == "a0"
