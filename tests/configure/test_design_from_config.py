from __future__ import annotations

import pytest

from ablate import configure
from tests.configure.messages import message

TWO = ["loss=clipped,fused", "width=8,16"]


def test_a_union_is_split_and_its_exclusions_hold_for_each_part() -> None:
    parts = "[{kind: full, exclude: [{loss: fused}]}, {kind: pairs}]"
    study = configure.compose([*TWO, f"design={{level: union, parts: {parts}, exclude: [{{width: 8}}]}}"])
    assert study.designs == (
        {"kind": "full", "exclude": [{"width": 8}, {"loss": "fused"}]},
        {"kind": "pairs", "exclude": [{"width": 8}]},
    )


def test_several_designs_are_run_as_one_and_share_a_parameter() -> None:
    study = configure.compose([*TWO, "design=full,pairs", "design.factors=[loss]"])
    assert study.designs == ({"kind": "full", "factors": ["loss"]}, {"kind": "pairs", "factors": ["loss"]})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["design.factors=3"], "`design.factors` must be a list or a mapping. Received: 3."),
        (["design=fraction", "design.settings=[8]"], "`design.settings` must be a whole number. Received: [8]."),
        (["design=explicit", "design.settings=8"], "`design.settings` must be a list. Received: 8."),
        (
            ["design.factors={loss: fused}"],
            "`design.factors` must map factors to lists of levels. Received: {'loss': 'fused'}.",
        ),
        (
            ["design.factors=[loss],[width]"],
            (
                "`design.factors` must have one value. Received: [['loss'], ['width']]. "
                "To run several designs as one, name them: `design=full,pairs`."
            ),
        ),
        (["design={level: union, parts: [3]}"], "A design must be a mapping with a `kind`. Received: 3."),
        (["design=ful"], "Unknown design: 'ful'. Did you mean 'full'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_design_that_cannot_be_is_one_clear_message(given: list[str], expected: str) -> None:
    assert message([*TWO, *given]) == expected
