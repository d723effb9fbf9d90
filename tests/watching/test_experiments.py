"""Experiments confirm the cause that `Watch` names, and count how often a training learns."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import ablate
from ablate.core.errors import ConfigError
from ablate.try_remedies.judging import Tally
from ablate.try_remedies.patch import Change
from ablate.watching.experiments import _chosen
from ablate.watching.finding import Finding
from ablate.watching.proof import Proof, Tried

RNG = np.random.RandomState(0)
Y = np.arange(400) % 4
X = (2.0 * RNG.normal(size=(4, 8))[Y] + RNG.normal(size=(400, 8))).astype("float32")


def watched(optimizer: Any) -> ablate.Watch:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((8,)), layers.Dense(16, activation="relu"), layers.Dense(4, activation="softmax")]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    watch = ablate.Watch()
    model.fit(X[:320], Y[:320], validation_data=(X[320:], Y[320:]), epochs=6, verbose=0, callbacks=[watch])
    return watch


@pytest.mark.slow
def test_the_repair_of_the_named_cause_learns_and_the_others_do_not() -> None:
    watch = watched(keras.optimizers.SGD(1e-7))
    before = [np.array(weight) for weight in watch.model.get_weights()]
    proof = watch.prove(seeds=2, workers=1)
    assert proof.confirmed, proof.text()
    assert proof.best is not None
    assert proof.best.name == "learning_rate=0.1"
    assert proof.best.prevention.learned == 2
    assert proof.best.rescue is not None
    assert proof.best.rescue.learned == 2
    assert proof.baseline.prevention.learned == 0
    assert [one.prevention.learned for one in proof.tried if not one.of_cause] == [0, 0]
    assert all(np.array_equal(one, two) for one, two in zip(before, watch.model.get_weights(), strict=True))
    compile(proof.best.patch, "patch", "exec")
    luck = watch.is_it_luck(seeds=3, workers=1)
    assert (luck.counts.learned, luck.counts.trials, luck.low) == (0, 3, 0.0)
    assert 0.5 < luck.high < 0.6, "Wilson's interval of 0 of 3"


@pytest.mark.slow
def test_a_training_that_learns_has_nothing_to_prove_and_can_be_repeated() -> None:
    watch = watched(keras.optimizers.Adam(0.02))
    with pytest.raises(ConfigError, match="nothing to prove"):
        watch.prove(seeds=1)
    luck = watch.is_it_luck(seeds=3, workers=1)
    assert (luck.counts.learned, luck.counts.trials) == (3, 3), luck.text()


def tally(learned: int, trials: int = 8) -> Tally:
    return Tally(trials=trials, escaped=learned, learned=learned, accuracy=0.5, low=0.1, high=0.9,
                 states={"stuck": trials - learned}, more=0)  # fmt: skip


def change(name: str, learned: int, rescued: int | None = None, *, of_cause: bool = True) -> Tried:
    rescue = None if rescued is None else tally(rescued)
    return Tried(name=name, words=name, of_cause=of_cause, prevention=tally(learned), rescue=rescue, patch="")


@pytest.mark.parametrize(("mine", "other", "confirmed"), [(8, 0, True), (8, 8, False), (3, 2, True), (0, 3, False)])
def test_what_only_keeps_out_of_a_trap_is_told_from_what_frees(mine: int, other: int, *, confirmed: bool) -> None:
    proof = Proof(
        finding=Finding(code="stuck", cause="head_cuts", what="stuck"),
        baseline=change("as it is", 0, 0),
        tried=(change("a", 8, mine), change("b", 8, other, of_cause=False)),
    )
    assert proof.confirmed is confirmed


@pytest.mark.parametrize(
    ("named", "beside"), [("decay=none", []), ("activation=tanh", ["decay=none", "optimizer=Adam"])]
)
def test_what_overwrites_the_named_repair_is_no_repair_of_another_cause(named: str, beside: list[str]) -> None:
    offers = [
        Change(name="decay=none", part="decay", words="", causes=("weight_decay",), optimizer="keras.optimizers.SGD()"),
        Change(name="optimizer=Adam", part="optimizer", words="", causes=("small_rate",), optimizer="..."),
        Change(name="activation=tanh", part="activation", words="", causes=("dead_units",), arguments={0: {"a": "b"}}),
    ]
    cause = next(one.causes[0] for one in offers if one.name == named)
    mine, others = _chosen(offers, Finding(code="stuck", cause=cause, what="stuck"))
    assert [one.name for one in mine] == [named]
    assert [one.name for one in others] == (beside or ["activation=tanh"])


@pytest.mark.parametrize(
    ("base", "mine", "other", "confirmed"),
    [(0, 8, 0, True), (0, 7, 3, True), (0, 6, 0, False), (5, 8, 0, False), (0, 8, 8, False)],
)
def test_a_cause_is_confirmed_by_its_own_repairs_alone(base: int, mine: int, other: int, *, confirmed: bool) -> None:
    proof = Proof(
        finding=Finding(code="stuck", cause="small_rate", what="stuck"),
        baseline=change("as it is", base),
        tried=(change("a", mine), change("b", 1), change("c", other, of_cause=False)),
    )
    assert proof.confirmed is confirmed
    assert f"{'' if confirmed else 'not '}confirmed by experiments" in proof.text()
