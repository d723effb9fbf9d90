"""Under a user's own model, the settings that it was compiled with are the baseline (here a made-up model)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ablate import configure
from ablate.configure import model_template
from ablate.core.study import Json, Study
from ablate.engine import read_model

MODEL = ["model=package:make", "task=words"]
LEVELS: dict[str, Json] = {"learning_rate": 0.7, "loss": {"kind": "clipped", "eps": 1e-3}, "clipping": {"kind": "none"}}


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    read = SimpleNamespace(levels=LEVELS, template={"layers": []})
    monkeypatch.setattr(read_model, "compiled", lambda _: read)
    monkeypatch.setattr(
        model_template, "with_template", lambda params: {**params, "kind": "keras", "template": {"a": 1}}
    )
    monkeypatch.setattr("ablate.configure.study_from_config.check_factors", lambda *_: None)


def names(study: Study) -> dict[str, str]:
    return {name: study.baseline[name].name for name in LEVELS}


def test_the_models_own_levels_are_the_baseline_named_by_their_files() -> None:
    study = configure.compose(MODEL)
    assert names(study) == {"learning_rate": "0.7", "loss": "clipped_1e-3", "clipping": "none"}


def test_an_override_fixes_a_level_and_a_list_keeps_the_models_own() -> None:
    study = configure.compose([*MODEL, "learning_rate=0.1", "loss=clipped_1e-3,fused"])
    assert names(study) == {"learning_rate": "0.1", "loss": "clipped_1e-3", "clipping": "none"}


def test_a_level_without_a_file_is_called_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LEVELS, "loss", {"kind": "clipped", "eps": 0.123})
    study = configure.compose(MODEL)
    assert names(study)["loss"] == "compiled"
    assert study.baseline["loss"].params["eps"] == 0.123
