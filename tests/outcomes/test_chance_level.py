"""The chance level: exact where it is exact, and high enough for what networks do untrained."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

import ablate.outcomes.chance_level
from ablate.core.errors import TaskError
from ablate.core.study import Json
from ablate.outcomes import null_band
from ablate.outcomes.chance_level import Chance, _critical, findings, measure
from ablate.outcomes.null_band import GLOROT, Networks
from ablate.remedies.activation import as_numpy
from ablate.remedies.initializer import draw
from ablate.remedies.input_scale import scale
from ablate.tasks import Task, load
from ablate.tasks._task import Examples, assemble

STANDARDIZED, RELU = {"kind": "standardized"}, {"kind": "relu"}
SOME = Chance(rows=256, distinct=256, classes=10, majority=0.1, critical=54, band=70, reference=0.98, initial_loss=2.4)


SMALL = Networks(widths=[16], depths=[1], activations=[RELU], initializers=[GLOROT], input_scales=[STANDARDIZED])


def small(task: Task, **given: list[Json]) -> Chance:
    """Measure the chance level for small networks."""
    return measure(task, replace(SMALL, **given))


@pytest.mark.parametrize("share", [0.01, 0.1, 1 / 3, 0.5, 0.9])
@pytest.mark.parametrize("rows", [20, 256, 1000])
def test_critical_is_the_exact_binomial_value(rows: int, share: float) -> None:
    value = _critical(rows, share)
    assert value == binom.isf(1e-7, rows, share)
    assert binom.sf(value, rows, share) <= 1e-7 < binom.sf(value - 1, rows, share)


def test_nothing_is_above_the_chance_of_one_class() -> None:
    assert _critical(100, 1.0) == 100


def test_few_distinct_inputs_use_the_band_alone() -> None:
    assert replace(SOME, band=40).count == 54
    assert SOME.count == 70
    assert replace(SOME, band=40, distinct=199).count == 40
    assert replace(SOME, band=40, distinct=200).count == 54


def test_a_rule_is_named_by_its_numbers_alone() -> None:
    assert replace(SOME, networks="[]").rule == SOME.rule == "8683089a02a6fdd7"
    assert replace(SOME, band=71).rule != SOME.rule


@pytest.mark.parametrize("kind", ["words", "blobs", "spirals", "checkerboard", "digits"])
def test_no_default_task_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_band, "NETWORKS", 3000)
    task = load({"kind": kind})
    chance = small(task, activations=[RELU, {"kind": "tanh"}], depths=[1, 3])
    assert findings(chance) == []
    assert chance.rows == 256
    assert chance.distinct == len(np.unique(task.inputs[task.probe_rows], axis=0))
    assert chance.reference >= 0.95
    assert math.log(task.classes) < chance.initial_loss < 1.5 * math.log(task.classes)


def test_band_holds_for_the_networks_that_are_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,000 networks whose weights the engine draws, from another stream, none is above the band of 3,000."""
    monkeypatch.setattr(null_band, "NETWORKS", 3000)
    task = load({"kind": "checkerboard"})
    chance = small(task)
    inputs = scale(STANDARDIZED, task.inputs, task.train_rows)[task.probe_rows]
    counts = []
    for seed in range(1000):
        hidden = as_numpy(RELU)(inputs @ draw(GLOROT, seed=seed, layer=0, fan_in=2, fan_out=16))
        logits = hidden @ draw(GLOROT, seed=seed, layer=-1, fan_in=16, fan_out=2)
        counts.append(int((logits.argmax(axis=1) == task.labels[task.probe_rows]).sum()))
    assert max(counts) <= chance.band + 2
    assert max(counts) > chance.band - 20, "the same distribution"


def test_band_is_needed_and_flat_in_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """On digits the band is above the binomial value; beyond the width WIDEST it is no higher."""
    monkeypatch.setattr(null_band, "NETWORKS", 800)
    monkeypatch.setattr(ablate.outcomes.chance_level, "_reference", lambda _: 1.0)
    task = load({"kind": "digits"})
    capped = small(task, widths=[2048])
    monkeypatch.setattr(null_band, "WIDEST", 512)
    assert capped.band > capped.critical
    assert small(task, widths=[512]).band <= capped.band + 8


def test_measured_twice_is_the_same_and_order_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_band, "NETWORKS", 500)
    task = load({"kind": "words"})
    scales = [STANDARDIZED, {"kind": "raw"}]
    once = small(task, widths=[8, 16], input_scales=scales)
    again = small(task, widths=[16, 8, 8], input_scales=scales[::-1])
    assert once.band == again.band
    assert small(task, widths=[8, 16], input_scales=scales) == once


def test_more_kinds_than_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_band, "NETWORKS", 5)
    seen = []
    logits = null_band._logits

    def counted(probe: null_band.Probe, kind: null_band.Kind, networks: int) -> object:
        seen.append((kind[0], networks))
        return logits(probe, kind, networks)

    monkeypatch.setattr(null_band, "_logits", counted)
    small(load({"kind": "words"}), widths=list(range(1, 9)))
    assert sorted(networks for _, networks in seen) == [1, 1, 1, 1, 1, 64]
    assert len({width for width, networks in seen if networks == 1}) == 5


def test_every_network_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw 10,000 in all, whatever the number of kinds and the size of the batches."""
    monkeypatch.setattr(null_band, "CHUNK", 16 * 256 * 7)
    monkeypatch.setattr(null_band, "initial_loss", lambda *_: 2.0)
    drawn = []
    logits = null_band._logits

    def counted(probe: null_band.Probe, kind: null_band.Kind, networks: int) -> object:
        for part in logits(probe, kind, networks):
            drawn.append(len(part))
            yield part

    monkeypatch.setattr(null_band, "_logits", counted)
    small(load({"kind": "spirals"}), widths=[4, 8, 16])
    assert sum(drawn) == 10_000
    assert max(drawn) <= 28


def test_zero_weights_are_left_out() -> None:
    task = load({"kind": "words"})
    expected = small(task).numbers()
    assert small(task, initializers=[{"kind": "zeros"}]).numbers() == expected
    assert small(task, initializers=[{"kind": "zeros"}, GLOROT]).numbers() == expected


def test_a_constant_prediction_is_in_the_band(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_band, "NETWORKS", 1)
    inputs = np.random.default_rng(0).normal(size=(300, 2))
    task = assemble({"kind": "npz"}, Examples(inputs=inputs, labels=np.arange(300) // 290, class_names=("a", "b")))
    chance = small(task)
    assert chance.majority == 0.97
    assert chance.band >= 97
    assert chance.distinct == 100


def test_a_task_without_room_is_refused() -> None:
    assert findings(replace(SOME, reference=70 / 256 + 0.11)) == []
    (finding,) = findings(replace(SOME, reference=70 / 256 + 0.09))
    assert "The best of 10,000 untrained networks, or luck, gets 27.3% of the validation rows right." in finding.what
    assert "An ordinary classifier gets 36.3% right" in finding.what
    xor = small(load({"kind": "words", "classes": 2}))
    assert xor.band == 256
    assert [finding.severity for finding in findings(xor)] == ["error"]


def test_a_loss_that_starts_too_high_is_found() -> None:
    chance = small(load({"kind": "digits"}), input_scales=[{"kind": "x255"}])
    assert chance.initial_loss > 10
    assert [finding.severity for finding in findings(chance)] == ["warning"]


def test_a_probe_with_nan_is_refused() -> None:
    inputs = np.random.default_rng(0).normal(size=(30, 2))
    inputs[:, 0] = np.nan
    task = assemble({"kind": "npz"}, Examples(inputs=inputs, labels=np.arange(30) % 2, class_names=("a", "b")))
    with pytest.raises(TaskError, match="Every validation row must be finite"):
        small(task)
