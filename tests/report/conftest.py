from __future__ import annotations

from pathlib import Path

import pytest

from ablate import report
from ablate.report import drawing, pictures
from ablate.report.pictures import Picture
from ablate.report.style import house
from ablate.results import study_results
from ablate.results.study_results import Results
from tests.synthetic import LOSS, RATES, build, factor, planted, study


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


@pytest.fixture
def svg_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without PDF and PNG files, for tests that read the page alone."""

    def write(picture: Picture, folder: Path) -> None:
        with house():
            text = pictures._svg(pictures._figure(picture))
        (folder / f"{picture.name}.svg").write_text(text, encoding="utf-8")

    monkeypatch.setattr(drawing, "files", write)
    monkeypatch.setattr(drawing, "HELPERS", 0)
