from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ablate import report
from ablate.core.study import Contrast, Study
from ablate.report import packing, page, page_parts, pictures, remedy_rows
from ablate.report.page import Content
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import rates, training
from ablate.report.signals import SIGNALS
from ablate.results import study_results
from ablate.results.study_results import Results
from tests import recorded
from tests.report.recorded_page import words_of
from tests.synthetic import build, factor, study

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Tags(HTMLParser):
    """Every tag with its attributes, and the text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data


def hostile() -> Study:
    loss = factor("loss", {"clipped": {"kind": "clipped"}, HOSTILE: {"kind": "fused"}, "=1+1": {"kind": "mse"}})
    rate = factor("learning_rate", {"0.1": 0.1, "0.001": 0.001})
    return study(
        name="hostile",
        factors=(loss, rate),
        seeds=(0, 1, 2),
        question=HOSTILE,
        command=HOSTILE,
        contrasts=(Contrast(factor="loss", level=HOSTILE, against="clipped", question=HOSTILE),),
    )


def hostile_plan(levels: dict[str, str], _rng: object) -> str:
    return {"clipped": "collapsed", "=1+1": "failed"}.get(levels["loss"], "escaped")


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(
        str(report.write(study_results.load(build(tmp_path_factory.mktemp("hostile"), hostile(), hostile_plan))))
    )


def test_names_and_messages_run_nothing_in_the_page(hostile_report: Path) -> None:
    recorded.same("hostile_report", words_of(hostile_report))
    parsed = Tags()
    parsed.feed(packing.unpack((hostile_report / "report.html").read_text(encoding="utf-8")))
    assert len(parsed.scripts) == 2
    assert parsed.scripts[1] == page.template("page.js")
    assert "table" in {tag for tag, _ in parsed.tags}
    assert not [tag for tag, _ in parsed.tags if tag in ("img", "iframe", "object", "embed", "base", "form")]
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    links = [attributes.get("href") or "" for _, attributes in parsed.tags]
    assert not [link for link in links if link.lower().startswith("javascript:")]
    data = json.loads(parsed.scripts[0])
    assert HOSTILE in data["keys"][0]["levels"]


def test_tables_defuse_formulas(hostile_report: Path) -> None:
    for path in (hostile_report / "tables").glob("*.csv"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not [cell for cell in line.split(",") if cell.startswith(("=", "@", '"='))]
    assert "'=1+1" in (hostile_report / "tables" / "settings.csv").read_text(encoding="utf-8")


def test_messages_are_listed_without_terminal_sequences(hostile_report: Path) -> None:
    html = packing.unpack((hostile_report / "report.html").read_text(encoding="utf-8"))
    assert "ValueError: &lt;b&gt;bad&lt;/b&gt; &amp;" in html
    assert "\x1b" not in html


def test_the_policy_allows_this_script_alone(hostile_report: Path) -> None:
    html = packing.unpack((hostile_report / "report.html").read_text(encoding="utf-8"))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]  # type: ignore[index]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", policy)


@pytest.mark.usefixtures("undrawn")
def test_a_page_that_is_too_large_leaves_out_trials_and_then_training_curves(
    whole: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = section_inputs(whole, SIGNALS)
    made = [(part, [pictures.draw(one) for one in part.pictures]) for part in (training.section(inputs),)]
    glance = pictures.draw(rates.glance(inputs))
    remedies = remedy_rows.remedy_table(inputs)
    content = Content(inputs=inputs, glance=glance, remedies=remedies, heats=[], sections=made)
    whole_page = page.html(content)
    assert "fig-training-loss" in whole_page
    assert '"details":{}' not in whole_page
    monkeypatch.setattr(page, "LIMIT", len(packing.pack(whole_page).encode()) - 1)
    without_trials = page.html(content)
    assert page.NO_TRIALS in without_trials
    assert "fig-training-loss" in without_trials
    monkeypatch.setattr(page, "LIMIT", len(packing.pack(without_trials).encode()) - 1)
    without_training = page.html(content)
    assert page.NO_TRAINING in without_training
    assert "fig-training-loss" not in without_training
    assert '"details":{}' in without_training


def test_a_link_survives_odd_names() -> None:
    assert page_parts.link(("loss", "a&b=c d")) == "loss=a%26b%3Dc+d"
