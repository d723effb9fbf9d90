"""optuna-dashboard in a real browser, on the storage of a search that goes on while it is looked at."""

from __future__ import annotations

import importlib.util
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from ablate.remedy_search.objectives import OBJECTIVES
from tests.remedy_search.test_export import QUICK, searched
from tests.report import browser

pytestmark = [
    pytest.mark.skipif(browser.BINARY is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(importlib.util.find_spec("optuna_dashboard") is None, reason="optuna-dashboard not installed"),
]
SERVER = "import sys; from optuna_dashboard._cli import main; main()"
"""What the command `optuna-dashboard` runs."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A storage with a whole search."""
    url = f"sqlite:///{tmp_path_factory.mktemp('dashboard') / 'search.db'}"
    searched(url)
    return url


@pytest.fixture(scope="module")
def address(url: str) -> Iterator[str]:
    """The address under which optuna-dashboard shows that storage."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-c", SERVER, url, "--port", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(address))
        yield address
    finally:
        server.kill()
        server.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server
            return True
    except OSError:
        return False


def until(holds: Callable[[], bool], seconds: float = 40.0) -> None:
    """Waits until a function is true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.2)


def text(page: browser.Page) -> str:
    return str(page.run("document.body.innerText"))


def trials(page: browser.Page) -> int:
    found = re.search(r"(\d+) Trials", text(page))
    return int(found[1]) if found else 0


def test_it_lists_both_arms_and_draws_the_pareto_front(url: str, address: str, tmp_path: Path) -> None:
    rate, median, _ = (OBJECTIVES[name].what for name in QUICK.objectives)
    with browser.page(tmp_path / "profile") as page:
        page.open(f"{address}/dashboard/")
        until(lambda: "mine-random" in text(page))
        assert text(page).count("Direction: MAXIMIZE, MINIMIZE, MINIMIZE") == 2
        number = {each.study_name: each._study_id for each in optuna.get_all_study_summaries(url)}["mine"]
        page.open(f"{address}/dashboard/studies/{number}")
        until(lambda: "Pareto Front" in text(page) and "Best Trial" in text(page))
        assert {rate, median, "Hyperparameter Importance"} <= set(text(page).splitlines())
        drawn = "document.querySelectorAll('.js-plotly-plot .scatterlayer .point').length"
        until(lambda: int(page.run(drawn)) > 20)
        assert page.complaints() == []
        assert all(each.startswith((address, "data:", "blob:")) for each in page.requests())


def test_it_shows_what_a_search_adds_while_it_is_open(url: str, address: str, tmp_path: Path) -> None:
    with browser.page(tmp_path / "profile") as page:
        number = {each.study_name: each._study_id for each in optuna.get_all_study_summaries(url)}["mine"]
        page.open(f"{address}/dashboard/studies/{number}/trials")
        until(lambda: trials(page) > 0)
        before = trials(page)
        best = text(page).count("Best Trial")
        assert best >= 2
        searched(url, search=replace(QUICK, sampler="RandomSampler", seed=5))
        there = len(optuna.load_study(storage=url, study_name="mine").trials)
        assert there > before
        until(lambda: trials(page) == there)
        attributes = ("changes", "escaped", "rate_95", "states", "seeds")
        assert all(f"\n{each} " in text(page) for each in attributes)
