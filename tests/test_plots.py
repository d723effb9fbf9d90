"""The report's pictures as figures: the same ones, by the same names, drawn from results alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from matplotlib.figure import Figure

import ablate
from ablate import plots
from ablate.core.errors import ConfigError
from ablate.results.study_results import Results
from tests.synthetic import build, study

NAMES = {
    "effects": "forest",
    "heats": "heat",
    "importance": "importance",
    "levels": "levels",
    "odds": "",
    "search": "",
    "sets": "sets",
    "time": "time",
    "training": "training",
}
"""Per function that returns several figures, what the first one's name begins with; empty: this study has none."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("results")
    build(folder, study(name="fake", seeds=(0, 1, 2, 3)))
    return ablate.load("fake", folder)


def test_every_picture_of_the_report_is_drawn_by_the_name_of_its_file(results: Results) -> None:
    assert set(plots.__all__) == {*NAMES, "glance", "luck", "rates", "trial"}
    with mock.patch("ablate.report.pictures.figure", side_effect=lambda picture: picture):
        drawn = {name: getattr(plots, name)(results) for name in NAMES}
    for name, start in NAMES.items():
        pictures = drawn[name]
        assert all(key == picture.name for key, picture in pictures.items())
        assert [key.partition("-")[0] for key in pictures][:1] == ([start] if start else [])


def test_figures_are_matplotlibs(results: Results) -> None:
    for figure in (plots.glance(results), *plots.heats(results).values()):
        assert isinstance(figure, Figure)
        assert figure.axes
    assert plots.glance(results)._repr_png_().startswith(b"\x89PNG"), "a notebook shows it without pyplot"  # type: ignore[attr-defined]


def test_a_trial_is_drawn_by_its_id(results: Results) -> None:
    key = str(results.trials["id"].iloc[0])
    assert plots.trial(results, key).get_suptitle().startswith(f"{key}: {results.trials['state'].iloc[0]}")
    with pytest.raises(
        ConfigError, match=r"^No trial in .* has the id 'nobody': take one from `results.trials\['id'\]`.$"
    ):
        plots.trial(results, "nobody")


def test_a_trial_without_curves_is_refused(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    key = str(results.trials["id"].iloc[0])
    monkeypatch.setattr(type(results), "curves", lambda *_: {})
    with pytest.raises(ConfigError, match=rf"^Trial {key} in .* has only its state, no curves: `ablate sweep` trains"):
        plots.trial(results, key)


@pytest.mark.parametrize("draw", [plots.glance, plots.heats, plots.levels, lambda study: plots.trial(study, "x")])
def test_what_is_no_results_is_refused(draw: Callable[[Any], Any]) -> None:
    with pytest.raises(ConfigError, match=r"Give results, as `ablate.load\('blog'\)` returns them. Received: 'blog'."):
        draw("blog")


def test_importing_the_module_loads_no_matplotlib() -> None:
    from tests.test_borders import loaded

    assert not loaded("import ablate.plots") & {"matplotlib", "pandas", "numpy"}
