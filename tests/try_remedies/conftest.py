"""The candidates that most tests try."""

from __future__ import annotations

import pytest

from ablate import configure
from ablate.try_remedies.candidates import Candidates, choose


@pytest.fixture(scope="module")
def stack() -> Candidates:
    """The candidates of a plain stack whose own words need no TensorFlow to say."""
    study = configure.compose(["task=digits", "loss=clipped", "seed=range(8)", "input_scale=as_is"])
    return choose(study)
