from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ablate import report
from ablate.core.study import Contrast, Study
from ablate.report import page, page_parts, pictures, provenance, verdict
from ablate.report.strata import strata
from ablate.results import settings_table, study_results
from ablate.results.study_results import Results
from ablate.stats import claims
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
    with pytest.MonkeyPatch.context() as patch:
        from ablate.report import drawing
        from ablate.report.style import house

        def write(picture: pictures.Picture, folder: Path) -> None:
            with house():
                text = pictures._svg(pictures._figure(picture))
            (folder / f"{picture.name}.svg").write_text(text, encoding="utf-8")

        patch.setattr(drawing, "files", write)
        patch.setattr(drawing, "HELPERS", 0)
        return report.write(study_results.load(build(tmp_path_factory.mktemp("hostile"), hostile(), hostile_plan)))


def test_names_and_messages_run_nothing_in_the_page(hostile_report: Path) -> None:
    parsed = Tags()
    parsed.feed((hostile_report / "report.html").read_text(encoding="utf-8"))
    assert len(parsed.scripts) == 2
    assert parsed.scripts[1] == page.template("page.js")
    assert not [tag for tag, _ in parsed.tags if tag in ("img", "iframe", "object", "embed", "base", "form")]
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    links = [attributes.get("href") or "" for _, attributes in parsed.tags]
    assert not [link for link in links if link.lower().startswith("javascript:")]
    data = json.loads(parsed.scripts[0])
    assert HOSTILE in data["keys"][0]["levels"]


def test_pictures_hold_names_as_text(hostile_report: Path) -> None:
    for path in (hostile_report / "figures").glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "onerror=alert" not in re.sub(r">[^<]*<", "><", text)


def test_tables_defuse_formulas(hostile_report: Path) -> None:
    for path in (hostile_report / "tables").glob("*.csv"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not [cell for cell in line.split(",") if cell.startswith(("=", "@", '"='))]
    assert "'=1+1" in (hostile_report / "tables" / "settings.csv").read_text(encoding="utf-8")


def test_messages_are_listed_without_terminal_sequences(hostile_report: Path) -> None:
    html = (hostile_report / "report.html").read_text(encoding="utf-8")
    assert "ValueError: &lt;b&gt;bad&lt;/b&gt; &amp;" in html
    assert "\x1b" not in html


def test_the_policy_allows_this_script_alone(hostile_report: Path) -> None:
    html = (hostile_report / "report.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]  # type: ignore[index]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", policy)


def test_the_verdict_has_numbers_and_intervals(whole: Results) -> None:
    stratum = strata(whole)[0]
    baseline = {name: level.name for name, level in whole.study.baseline}
    said = verdict.sentences(
        settings_table.table(whole), list(stratum.varying), baseline, claims.exact(0.5), "Prevention"
    )
    own = whole.trials.head(12)
    collapsed = (own["state"] == "collapsed").sum()
    assert f"{collapsed}/12 = {100 * collapsed / 12:.0f}\u00a0%" in said[0]
    assert re.search(r"Of 36 settings \d+ escape", said[1])
    assert re.search(r"the smallest changes? that do(es)?.* loss=fused 12/12 = 100", said[1])


def test_too_few_seeds_are_said_to_be_too_few(whole: Results) -> None:
    stratum = strata(whole)[0]
    baseline = {name: level.name for name, level in whole.study.baseline}
    said = verdict.sentences(settings_table.table(whole), list(stratum.varying), baseline, claims.exact(), "Prevention")
    assert "even 12 of 12 cannot show it" in said[1]


def test_undecided_settings_say_how_many_seeds_they_need(whole: Results) -> None:
    baseline = {name: level.name for name, level in whole.study.baseline}
    names = list(whole.varying)
    lines = verdict.undecided(settings_table.table(whole), names, names, baseline, claims.exact())
    assert len(lines) == verdict.UNDECIDED + 1
    assert "more." in lines[-1].text
    assert all("seeds" in line.text or "too close" in line.text for line in lines[:-1])
    assert lines[0].link.startswith("loss=")


def test_prevention_rescue_and_trials_that_never_collapsed_are_apart(tmp_path: Path) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "collapsed": {"kind": "collapsed", "after": {"steps": 400}}})
    own = study(factors=(*study().factors[:1], start), seeds=(0, 1, 2, 3), contrasts=())
    found = study_results.load(build(tmp_path, own))
    rescued = (found.trials["start"] == "collapsed").to_numpy()
    found.trials.loc[rescued, "start_state"] = ["collapsed", "collapsed", "collapsed", "stuck"] * 3
    parts = strata(found)
    assert [part.title for part in parts] == [
        "Prevention",
        "Rescue from collapsed (first phase: collapsed)",
        "Start collapsed, first phase stuck",
    ]
    assert [len(part.trials) for part in parts] == [12, 9, 3]
    table = settings_table.table(found, ["loss"])
    assert set(zip(table["start"], table["start_state"], strict=True)) == {
        ("fresh", ""),
        ("collapsed", "collapsed"),
        ("collapsed", "stuck"),
    }


@pytest.mark.parametrize(("seeds", "few", "aside"), [(8, 1, True), (8, 4, True), (8, 5, False), (4, 1, False)])
def test_a_start_that_hardly_any_seed_has_is_counted_and_not_compared(
    tmp_path: Path, seeds: int, few: int, aside: bool
) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "collapsed": {"kind": "collapsed", "after": {"steps": 400}}})
    own = study(factors=(*study().factors[:1], start), seeds=tuple(range(seeds)), contrasts=())
    found = study_results.load(build(tmp_path, own))
    begun = (found.trials["start"] == "collapsed").to_numpy()
    found.trials.loc[begun, "start_state"] = [
        "collapsed" if seed < few else "escaped" for seed in found.trials["seed"][begun]
    ]
    told = {part.key: part.aside for part in strata(found)}
    assert told == {"fresh": False, "collapsed-collapsed": aside, "collapsed-escaped": True}
    text = (report.write(found) / "report.html").read_text() if few == 1 else ""
    assert ("Only 1 of the seeds start so: counted, not compared." in text) == (aside and few == 1)


def test_a_trap_holds_whatever_the_first_phase_left(tmp_path: Path) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "dead": {"kind": "dead", "after": {"steps": 400}}})
    own = study(factors=(*study().factors[:1], start), seeds=(0, 1, 2, 3), contrasts=())
    found = study_results.load(build(tmp_path, own))
    begun = (found.trials["start"] == "dead").to_numpy()
    found.trials.loc[begun, "start_state"] = ["escaped", "stuck", "escaped", "escaped"] * 3
    _, dead = strata(found)
    assert (dead.title, dead.key, len(dead.trials)) == ("Rescue from dead", "dead", 12)
    assert dead.lead.endswith("Their first phase: escaped 75%, stuck 25%.")


def test_a_link_survives_odd_names() -> None:
    assert page_parts.link(("loss", "a&b=c d")) == "loss=a%26b%3Dc+d"


def test_seeds_are_told_as_ranges() -> None:
    assert provenance._ranges((0, 1, 2, 3, 7, 9, 10)) == "0-3, 7, 9-10"


def test_an_svgs_ids_and_colours_become_the_pages() -> None:
    text = '<?xml?><svg width="1"><metadata>x</metadata><g id="a" style="fill: #111110"/>'
    text += '<g id="nobody"><use href="#a" clip-path="url(#a)"/></g></svg>'
    inline = pictures.inline(text, "fig", 'a "caption"')
    assert inline.startswith('<svg role="img" aria-label="a &#34;caption&#34;" width="1">')
    (own,) = set(re.findall(r"#(\w+)-a\b", inline))
    assert f'id="{own}-a" style="fill: currentColor"' in inline
    assert f'<g><use href="#{own}-a" clip-path="url(#{own}-a)"/></g>' in inline
    assert own not in pictures.inline(text, "other", "x"), "two figures of a page share no id"
    assert "metadata" not in inline
