"""The page in a real browser: nothing is asked for, nothing complains, and its controls do what they say."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report import browser

pytestmark = pytest.mark.skipif(browser.BINARY is None, reason="no Chromium on this machine")

AXE = Path(os.environ.get("ABLATE_AXE", "node_modules/axe-core/axe.min.js"))


@pytest.fixture(scope="module")
def opened(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    with browser.page(tmp_path_factory.mktemp("profile")) as found:
        found.open((small_folder / "report" / "report.html").as_uri())
        yield found


def rows(page: browser.Page) -> int:
    return int(page.run("document.querySelectorAll('#table > tbody > tr').length"))


def choose(page: browser.Page, within: str, label: str, value: str) -> None:
    page.run(
        f"""(() => {{
          const boxes = [...document.querySelectorAll('{within} label')];
          const box = boxes.find((each) => each.firstChild.textContent === {json.dumps(label)});
          const select = box.querySelector('select');
          select.value = [...select.options].find((each) => each.textContent === {json.dumps(value)}).value;
          select.dispatchEvent(new Event('change', {{bubbles: true}}));
        }})()"""
    )


def test_it_opens_without_a_complaint_or_a_request(opened: browser.Page, small_folder: Path) -> None:
    assert opened.complaints() == []
    assert opened.requests() == [(small_folder / "report" / "report.html").as_uri()]
    assert rows(opened) == 6


def test_filters_search_and_the_address_agree(opened: browser.Page) -> None:
    choose(opened, "#filters", "loss", "fused")
    assert rows(opened) == 2
    assert opened.run("location.hash") == "#settings?loss=fused"
    opened.run("document.getElementById('clear').click()")
    assert rows(opened) == 6
    opened.run(
        "(() => { const box = document.querySelector('#filters input'); box.value = 'loss=mse learning_rate=0.1';"
        "box.dispatchEvent(new Event('input')); })()"
    )
    assert rows(opened) == 1
    assert opened.run("document.querySelector('#settings > details').open") is False
    opened.run("document.getElementById('clear').click()")


def test_a_link_shows_the_rows_behind_its_number(opened: browser.Page) -> None:
    opened.run("location.hash = '#settings?loss=clipped&loss=fused&learning_rate=0.1'")
    opened.run("new Promise((done) => setTimeout(done, 50))")
    assert rows(opened) == 2
    opened.run("document.getElementById('clear').click()")


def test_columns_sort_both_ways_and_say_so(opened: browser.Page) -> None:
    def click() -> list[str]:
        opened.run(
            "[...document.querySelectorAll('#table th button')].find((each) => each.textContent === 'escaped').click()"
        )
        cells = opened.run(
            "[...document.querySelectorAll('#table > tbody > tr')].map((row) => row.children[1].textContent)"
        )
        return [str(cell) for cell in cells]

    up, down = click(), click()
    counts = [int(cell.split("/")[0]) for cell in up]
    assert counts == sorted(counts)
    assert [int(cell.split("/")[0]) for cell in down] == sorted(counts, reverse=True)
    assert opened.run("document.querySelector('#table th[aria-sort]').getAttribute('aria-sort')") == "descending"


def test_a_row_opens_its_curves_its_trials_and_its_command(opened: browser.Page) -> None:
    opened.run("document.querySelector('#table > tbody button').click()")
    assert opened.run("document.querySelectorAll('.detail svg polyline').length") == 6
    assert opened.run("document.querySelectorAll('.detail tbody tr').length") == 6
    command = str(opened.run("document.querySelector('.detail pre').textContent"))
    assert command.startswith("ablate sweep study=small-again ")
    assert command.endswith("seed=0,1,2,3,4,5")
    assert "open=" in opened.run("location.hash")
    opened.run("document.querySelector('#table > tbody button').click()")
    assert "open=" not in opened.run("location.hash")
    assert rows(opened) == 6


def test_an_address_opens_the_section_its_order_and_its_rows(opened: browser.Page) -> None:
    opened.run("document.getElementById('clear').click()")
    opened.run("location.hash = '#settings?loss=fused&sort=-change&open=3'")
    opened.run("new Promise((done) => setTimeout(done, 50))")
    assert opened.run("document.querySelector('#settings > details').open")
    assert opened.run("document.querySelectorAll('tr.detail').length") == 1
    assert opened.run("document.querySelector('#table th[aria-sort]').textContent") == "change"
    opened.run("location.hash = '#effects'")
    opened.run("new Promise((done) => setTimeout(done, 50))")
    assert opened.run("document.querySelector('#effects > details').open")
    opened.run("document.getElementById('clear').click()")


def test_the_page_shows_three_screens_and_folds_the_rest(opened: browser.Page) -> None:
    opened.run("for (const fold of document.querySelectorAll('details.part')) fold.open = false")
    assert opened.run("document.documentElement.scrollHeight") < 5 * 900
    open_sections = (
        "[...document.querySelectorAll('main > section')].filter((one) => !one.querySelector('details.part'))"
    )
    assert opened.run(f"{open_sections}.map((one) => one.id)") == ["glance", "remedies", "why"]
    opened.run("dispatchEvent(new Event('beforeprint'))")
    assert opened.run("document.querySelectorAll('details:not([open])').length") == 0
    opened.run("dispatchEvent(new Event('afterprint'))")


def test_every_folded_section_has_its_question_and_its_answer(opened: browser.Page) -> None:
    said = opened.run(
        "[...document.querySelectorAll('details.part > summary')].map((one) => [one.querySelector('h2').textContent,"
        " (one.querySelector('.says') || {textContent: ''}).textContent])"
    )
    assert len(said) > 8
    assert all(question.endswith("?") and answer.strip() for question, answer in said), said


def test_the_curves_are_those_of_the_store(opened: browser.Page) -> None:
    got = opened.run("JSON.parse(document.getElementById('data').textContent).details['0'][0]")
    values = [int(got[4][at : at + 2], 36) / 1294 for at in range(0, len(got[4]), 2)]
    assert len(values) == 26
    assert all(0 <= value <= 1 for value in values)
    assert max(values) > 0.5


def test_heat_maps_follow_the_pickers(opened: browser.Page) -> None:
    first = opened.run("document.querySelector('#heatmaps').textContent")
    assert "learning_rate" in first
    cells = "[...document.querySelectorAll('#heatmaps td')].map((cell) => cell.textContent)"
    escape = opened.run(cells)
    choose(opened, "#pickers", "rate", "collapse")
    assert opened.run(cells) != escape
    choose(opened, "#pickers", "down", "learning_rate")
    assert "Pick different factors" in opened.run("document.querySelector('#heatmaps').textContent")
    choose(opened, "#pickers", "across", "loss")
    assert len(opened.run(cells)) == 6
    assert opened.complaints() == []


def test_curves_are_drawn_once_they_are_seen_and_say_their_values(opened: browser.Page) -> None:
    opened.run("document.querySelector('#training > details').open = true")
    opened.run("document.querySelector('#fig-training-state').scrollIntoView()")
    opened.run("new Promise((done) => setTimeout(done, 200))")
    assert opened.run("document.querySelectorAll('#fig-training-state .lines h4').length") == 6
    assert opened.run("document.querySelector('nav a[aria-current]').hash") == "#training"
    said = str(opened.run("document.querySelector('#fig-training-state circle title').textContent"))
    assert re.fullmatch(r"\w+ \(n=\d+\), step 0: [\d.]+ \([\d.]+ to [\d.]+\)", said)
    assert opened.complaints() == []


def test_levels_that_are_numbers_are_listed_by_size(opened: browser.Page) -> None:
    listed = "[...document.querySelectorAll('#filters label')].map((one) => [...one.querySelectorAll('option')].map("
    options = opened.run(f"{listed}(option) => option.textContent))")
    assert ["all", "0.001", "0.1"] in options


def test_pictures_are_chosen_by_factor(opened: browser.Page) -> None:
    visible = (
        "[...document.querySelectorAll('#time .printed')]"
        ".filter((each) => !each.hidden && each.querySelector('figure'))"
        ".map((each) => each.querySelector('figure').id)"
    )
    assert opened.run(visible) == ["fig-time-loss"]
    choose(opened, "#time", "by", "Prevention: learning_rate")
    assert opened.run(visible) == ["fig-time-learning_rate"]


def test_a_printed_page_is_as_wide_as_its_paper(opened: browser.Page) -> None:
    opened.command("Emulation.setEmulatedMedia", media="print")
    opened.command("Emulation.setDeviceMetricsOverride", width=717, height=1000, deviceScaleFactor=1, mobile=False)
    opened.run("dispatchEvent(new Event('beforeprint'))")
    assert opened.run("document.documentElement.scrollWidth") == 717
    opened.run("dispatchEvent(new Event('afterprint'))")
    opened.command("Emulation.setEmulatedMedia", media="screen")
    opened.command("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
def test_it_fits_a_phone_and_the_dark(small_folder: Path, tmp_path: Path, width: int, dark: bool) -> None:
    with browser.page(tmp_path / "profile") as page:
        page.open((small_folder / "report" / "report.html").as_uri(), width=width, dark=dark)
        assert page.run("document.documentElement.scrollWidth") <= width
        page.run("for (const fold of document.querySelectorAll('details')) fold.open = true")
        assert page.run("document.documentElement.scrollWidth") <= width
        wide = (
            "[...document.querySelectorAll('figure, figure svg')].filter((one) => one.scrollWidth > innerWidth).length"
        )
        assert page.run(wide) == 0
        if width < 500:
            taps = "[...document.querySelectorAll('summary, nav a, label.all')].filter((one) => one.checkVisibility())"
            assert page.run(f"Math.min(...{taps}.map((one) => one.getBoundingClientRect().height))") >= 44
            links = "[...document.querySelectorAll('nav a')].filter((one) => one.checkVisibility()).length"
            assert page.run(links) == 3
            page.run("document.querySelector('nav input').click()")
            assert page.run(links) > 10
        colours = page.run("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
        light_text = sum(map(int, str(colours[0])[4:-1].split(","))) > 384
        assert light_text == dark
        page.picture(tmp_path / "page.png")
        assert (tmp_path / "page.png").stat().st_size > 50_000
        assert page.complaints() == []


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here; ABLATE_AXE names its axe.min.js")
@pytest.mark.parametrize("dark", [False, True])
def test_no_barrier_is_found(small_folder: Path, tmp_path: Path, dark: bool) -> None:
    with browser.page(tmp_path / "profile") as page:
        page.open((small_folder / "report" / "report.html").as_uri(), dark=dark)
        page.run("for (const fold of document.querySelectorAll('details')) fold.open = true")
        page.run("document.querySelector('#table > tbody button').click()")
        page.run(AXE.read_text(encoding="utf-8") + "; 1")
        found = page.run(
            "axe.run(document).then((result) => JSON.stringify(result.violations.map((each) => "
            "[each.id, each.nodes.map((node) => node.html.slice(0, 120))])))"
        )
        assert json.loads(found) == []
