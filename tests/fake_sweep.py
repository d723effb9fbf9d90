"""A sweep with the fake engine in a process of its own, to be killed: `python -m tests.fake_sweep OVERRIDE ...`."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from ablate.backend import Backend
from ablate.chance import Chance
from ablate.configure import compose
from ablate.study import Study
from ablate.summary import Summary
from ablate.sweep import sweep
from tests import fake_engine

CHANCE = Chance(
    rows=256, distinct=256, classes=10, majority=0.1, critical=54, band=60, reference=0.97, initial_loss=2.4
)
FAKE = Backend(train=fake_engine.train, check=fake_engine.sing, warm="")


def study(folder: Path, *overrides: str) -> Study:
    return compose(["task=words", "study=fake", "workers=2", f"results_dir={folder}", *overrides])


def swept(own: Study, engine: Backend = FAKE, *, chance: Chance = CHANCE) -> tuple[Summary, list[str]]:
    """The summary of a sweep, and what it said; the report and the null band are other tests' matter."""
    said: list[str] = []
    report = SimpleNamespace(write=lambda results: results)
    with (
        mock.patch("ablate.chance.measure", return_value=chance),
        mock.patch.dict(sys.modules, {"ablate.report": report, "ablate.results": SimpleNamespace(load=_page)}),
        mock.patch("ablate.report", report, create=True),
        mock.patch("ablate.results", SimpleNamespace(load=_page), create=True),
    ):
        summary = sweep(own, on_event=lambda event: said.append(getattr(event, "text", "")), engine=engine)
    return summary, [text for text in said if text]


def _page(folder: Path) -> Path:
    page = folder / "report" / "report.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text("a report")
    return page


if __name__ == "__main__":
    summary, said = swept(study(Path(sys.argv[1]), *sys.argv[2:]))
    print("\n".join(said))
    print(summary.text())
