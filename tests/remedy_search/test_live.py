from __future__ import annotations

import json
from pathlib import Path

import pytest

from ablate import store
from ablate.commands import main
from ablate.report import packing

WORDS = (
    "task=digits", "loss=clipped,fused,keras_logits_lost", "learning_rate=0.05,0.01,0.001",
    "activation=leaky_relu,relu", "width=128", "steps=200", "seed=range(8)", "study=live", "workers=2",
    "search.trials=200", "search.blocks=[2,4,8]", "search.batch=8", "search.confirm=24", "search.claims=1",
)  # fmt: skip


@pytest.mark.slow
def test_a_live_search_on_digits_confirms_a_remedy_and_reports_it(tmp_path: Path) -> None:
    assert main.main(["search", *WORDS, f"results_dir={tmp_path}"]) == 0
    answer = json.loads((tmp_path / "live" / "search.json").read_text())
    assert answer["finished"]
    assert answer["smallest"], "a lower rate or the fused loss is known to be enough here"
    assert all(each["n"] == 24 and each["low"] >= 0.8 for each in answer["smallest"])
    asked = {name for arm in answer["arms"] for name in [arm["name"]] if 0 < arm["trials"] <= 200}
    assert asked == {"search", "random"}
    assert len(store.done(tmp_path / "live")) <= 400
    page = packing.unpack((tmp_path / "live" / "report" / "report.html").read_text())
    assert '<section id="search"' in page
    before = store.done(tmp_path / "live")
    assert main.main(["search", *WORDS, f"results_dir={tmp_path}"]) == 0
    assert store.done(tmp_path / "live") == before
