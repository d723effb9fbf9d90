from __future__ import annotations

from pathlib import Path

import pytest
from markupsafe import Markup

from ablate import report
from ablate.core.study import Study
from ablate.design import designs
from ablate.report import pictures
from ablate.results import study_results
from ablate.results.study_results import Results
from tests.synthetic import LOSS, RATES, build, factor, planted, settings, study


def small() -> dict[str, object]:
    """Two factors, six settings, six seeds: enough of everything, drawn in seconds."""
    factors = (factor("loss", LOSS), factor("learning_rate", {"0.1": RATES["0.1"], "0.001": RATES["0.001"]}))
    return {"name": "small", "factors": factors, "seeds": tuple(range(6)), "contrasts": study().contrasts[:1]}


def small_plan(levels: dict[str, str], rng: object) -> str:
    if levels["loss"] == "mse" and levels["learning_rate"] == "0.1":
        return "failed" if rng.random() < 0.4 else "diverged"  # type: ignore[attr-defined]
    return planted(levels, rng)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The full synthetic study, loaded."""
    return study_results.load(build(tmp_path_factory.mktemp("whole")))


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small study whose report was written once."""
    folder = build(tmp_path_factory.mktemp("small"), study(**small()), small_plan)
    report.write(study_results.load(folder))
    return folder


def union() -> Study:
    """Each remedy alone, and loss x learning rate: `mse` and the widths were run beside the baseline only."""
    factors = (factor("loss", LOSS), factor("learning_rate", RATES), factor("width", {"64": 64, "256": 256}))
    parts = (
        {"kind": "one_at_a_time"},
        {"kind": "full", "factors": {"loss": ["clipped", "fused"], "learning_rate": None}},
    )
    return study(name="union", factors=factors, seeds=tuple(range(8)), designs=parts)


@pytest.fixture(scope="session")
def union_results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The union of designs, loaded."""
    own = union()
    planned = set(designs.settings(own))
    every = [setting for setting in settings(own) for _ in own.seeds]
    folder = build(tmp_path_factory.mktemp("union"), own, keep=lambda number: every[number] in planned)
    return study_results.load(folder)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages with empty figures, for tests that read the words."""
    empty = Markup("<svg></svg>")
    monkeypatch.setattr(pictures, "draw", lambda picture, *_: pictures.Drawn(picture=picture, svg=empty))
