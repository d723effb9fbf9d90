"""A stored trial, trained again and compared."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from unittest import mock

from tests import fake_engine
from tests.commands.conftest import Said
from tests.commands.test_show import first_id


def test_rerun_compares_bits(said: Said, results: Path, place: str) -> None:
    key = first_id(results)
    with mock.patch("ablate.engine.train", fake_engine.train):
        status, out, _ = said("show", key, "--rerun", place)
    assert (status, out.splitlines()[-1].partition(": ")[2].partition(", ")[2]) == (
        0,
        "every bit of its curves as stored",
    )


def test_rerun_sees_other_bits_and_says_so(said: Said, results: Path, place: str) -> None:
    key = first_id(results)

    def one_bit_off(stack: object) -> object:
        (curves,) = fake_engine.train(stack)  # type: ignore[arg-type]
        curves.signals["loss"][3] += 1e-6  # type: ignore[index]
        return [curves]

    with mock.patch("ablate.engine.train", one_bit_off):
        status, out, _ = said("show", key, "--rerun", place)
    assert status == 1
    assert "but with other bits" in out


def test_rerun_elsewhere_compares_the_state_alone(said: Said, results: Path, place: str) -> None:

    key = first_id(results)

    def elsewhere(stack: object) -> object:
        (curves,) = fake_engine.train(stack)  # type: ignore[arg-type]
        curves.signals["loss"][3] += 1e-6  # type: ignore[index]
        return [dataclasses.replace(curves, signature={**curves.signature, "instructions": "other"})]

    with mock.patch("ablate.engine.train", elsewhere):
        status, out, _ = said("show", key, "--rerun", place)
    assert status == 0
    assert "bits are not compared, because these differ: instructions" in out
