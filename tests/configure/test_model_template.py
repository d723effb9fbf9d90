from __future__ import annotations

from types import SimpleNamespace

import pytest

from ablate.configure import model_template
from ablate.core.errors import ConfigError
from ablate.engine import read_model


def test_a_builder_is_read_once_and_a_template_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []

    def compiled(params: object) -> SimpleNamespace:
        read.append(params)
        return SimpleNamespace(template={"layers": [1]})

    monkeypatch.setattr(read_model, "compiled", compiled)
    assert model_template.with_template({"kind": "mlp"}) == {"kind": "mlp"}
    assert read == []
    params = model_template.with_template({"kind": "keras", "builder": "json:loads"})
    assert params["template"] == {"layers": [1]}
    assert model_template.with_template(params) == params
    assert len(read) == 1


def test_a_missing_builder_is_told_before_any_model_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_model, "compiled", lambda params: pytest.fail(f"{params} was read"))
    with pytest.raises(ConfigError, match="no module 'nope'"):
        model_template.with_template({"kind": "keras", "builder": "nope:make"})
