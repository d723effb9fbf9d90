from __future__ import annotations

from types import SimpleNamespace

import pytest

from ablate.configure import model_template
from ablate.engine import read_model


def test_a_builder_is_read_once_and_a_template_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []

    def compiled(params: object) -> SimpleNamespace:
        read.append(params)
        return SimpleNamespace(template={"layers": [1]})

    monkeypatch.setattr(read_model, "compiled", compiled)
    assert model_template.with_template({"kind": "mlp"}) == {"kind": "mlp"}
    assert read == []
    params = model_template.with_template({"kind": "keras", "builder": "package:make"})
    assert params["template"] == {"layers": [1]}
    assert model_template.with_template(params) == params
    assert len(read) == 1
