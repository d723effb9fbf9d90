"""A sweep with the fake engine in a process of its own, to be killed: `python -m tests.fake_sweep OVERRIDE ...`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pandas as pd  # noqa: F401 - what is first imported while `sys.modules` is patched would be imported twice
import pyarrow as pa
import pyarrow.parquet as pq  # noqa: F401

from ablate.configure import compose
from ablate.core import filesystem
from ablate.core.filesystem import Place
from ablate.core.study import Study
from ablate.outcomes.chance_level import Chance
from ablate.results import status, study_results  # noqa: F401 - as above
from ablate.results.study_results import Results
from ablate.runner.progress import Event, Note
from ablate.runner.summary import Summary
from ablate.runner.sweep import sweep
from ablate.runner.training_backend import Backend
from ablate.store import manifest, shards
from ablate.store.curve_rows import curves_of, curves_table, digests
from ablate.store.shards import Shard
from tests import fake_engine

CHANCE = Chance(rows=256, classes=10, majority=0.1, luck=0.1479, reference=0.97)
FAKE = Backend(train=fake_engine.train, check=fake_engine.check_losses, warm="")


def study(folder: Place, *overrides: str) -> Study:
    return compose(["task=words", "study=fake", "workers=2", f"results_dir={folder}", *overrides])


def other_bits(shard: Shard) -> tuple[Any, Any]:
    """A shard's states and curves as a machine that computes otherwise would have written them."""
    assert shard.curves is not None
    states, curves = shards.read(shard.states), curves_of(shards.read(shard.curves))
    for each in curves:
        each.signals["loss"][-1] += 1.0
    table = curves_table(curves)
    place = states.column_names.index("digest")
    return states.set_column(place, "digest", pa.array(digests(table), pa.string())), table


def swept(
    own: Study,
    engine: Backend = FAKE,
    *,
    chance: Chance = CHANCE,
    hear: Callable[[str], None] = lambda _: None,
    watch: Callable[[Event], None] = lambda _: None,
) -> tuple[Summary, list[str]]:
    """The summary of a sweep, and what it said; the report and the chance level are other tests' matter."""
    said: list[str] = []

    def tell(event: Event) -> None:
        watch(event)
        if isinstance(event, Note):
            said.append(event.text)
            hear(event.text)

    report = SimpleNamespace(write=_page)
    with (
        mock.patch("ablate.outcomes.chance_level.measure", return_value=chance),
        mock.patch.dict(sys.modules, {"ablate.report": report}),
        mock.patch("ablate.report", report, create=True),
    ):
        summary = sweep(own, on_event=tell, engine=engine)
    return summary, said


def _page(results: Results) -> Place:
    page = results.folder / "report" / "report.html"
    filesystem.write(page, b"<body>a report</body>")
    filesystem.write(page.with_name("manifest.json"), manifest.encoded(results.manifest))
    return page


if __name__ == "__main__":
    summary, _ = swept(study(Path(sys.argv[1]), *sys.argv[2:]), hear=lambda text: print(text, flush=True))
    print(summary.text())
