from __future__ import annotations

import pytest

from ablate import configure
from ablate.core.study import Contrast
from tests.configure.messages import message

LEVELS = "factors.loss=[clipped,fused]"


def declared(contrast: str) -> list[str]:
    return [f"contrasts=[{contrast}]", LEVELS, "factors.width=[8,16]"]


def test_a_contrast_names_levels_as_the_study_does() -> None:
    text = "{factor: loss, level: fused, against: clipped, at: {width: 8}, expect: more, question: why}"
    (contrast,) = configure.compose(declared(text)).contrasts
    assert contrast == Contrast(
        factor="loss", level="fused", against="clipped", at={"width": ["8"]}, expect="more", question="why"
    )


def test_a_contrast_of_a_factor_that_an_override_decides_is_left_out() -> None:
    text = "{factor: loss, level: fused, against: clipped, at: {width: 8}}"
    assert configure.compose([*declared(text), "loss=fused"]).contrasts == ()
    assert configure.compose([*declared(text), "width=8"]).contrasts == ()


@pytest.mark.parametrize(
    ("contrast", "expected"),
    [
        (
            "3",
            (
                "A contrast must be {factor, level, against}, and may have {question, at: {factor: levels}, expect}. "
                "Received: 3."
            ),
        ),
        (
            "{factor: loss, level: fused}",
            (
                "A contrast must be {factor, level, against}, and may have {question, at: {factor: levels}, expect}. "
                "Received: {'factor': 'loss', 'level': 'fused'}."
            ),
        ),
        (
            "{factor: los, level: fused, against: clipped}",
            "Unknown factor in `contrasts`: 'los'. Did you mean 'loss'?",
        ),
        (
            "{factor: loss, level: fussed, against: clipped}",
            "Unknown level of `loss` in this study: 'fussed'. Did you mean 'fused'?",
        ),
        (
            "{factor: loss, level: fused, against: clipped, at: {los: fused}}",
            "Unknown factor in `at` of a contrast: 'los'. Did you mean 'loss'?",
        ),
        (
            "{factor: loss, level: fused, against: clipped, at: {loss: fussed}}",
            "Unknown level of `loss` in this study: 'fussed'. Did you mean 'fused'?",
        ),
        (
            "{factor: loss, level: fused, against: clipped, at: fused}",
            "`at` of a contrast must map factors to levels. Received: 'fused'.",
        ),
        (
            "{factor: loss, level: fused, against: clipped, expect: mor}",
            "Unknown `expect` of a contrast: 'mor'. Did you mean 'more'?",
        ),
    ],
)
def test_a_contrast_that_cannot_be_is_one_clear_message(contrast: str, expected: str) -> None:
    assert message(declared(contrast)) == expected
