"""Offers, judgements, courses and answers of many programs, word for word: whatever changes in them is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ablate.engine.as_is.records import Ending, Layer
from ablate.try_remedies import course, judging, program_state, rows_seen, verdict_text, verdicts, weighing
from ablate.try_remedies.candidates import Candidates
from ablate.try_remedies.changes import offers
from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.lab import key_of
from ablate.try_remedies.patch import CLONE, KEEP_WEIGHTS, Call, patch
from ablate.try_remedies.verdict import Verdict
from tests import recorded
from tests.try_remedies.changes.situations import ROWS, situation, stack
from tests.try_remedies.fake_lab import FakeLab, change, ending, record
from tests.try_remedies.test_answer import lucky
from tests.try_remedies.test_patch import dense
from tests.try_remedies.worlds import answered, said

NORMAL = np.random.default_rng(0).normal(size=(ROWS, 4))
TWO = np.arange(ROWS) % 2
BINARY, ONE_HOT = "binary_crossentropy", "categorical_crossentropy"


def layer(index: int, kind: str, shape: tuple[int, ...], **more: Any) -> Layer:
    plain = {"activation": "", "weights": 0, "trainable": True, "path": f"keras.layers.{kind}"}
    return replace(dense(index), kind=kind, shape=shape, **(plain | more))


def deep(activation: str = "sigmoid", **more: Any) -> tuple[Layer, ...]:
    hidden = [replace(dense(i, units="64", activation=f"'{activation}'"), shape=(64,), **more) for i in range(6)]
    return (*hidden, replace(dense(6, units="3", activation="'softmax'"), shape=(3,)))


def trained(*layers: Layer, x: Any = None, y: Any = None, fit: dict[str, str] | None = None, **facts: Any) -> Situation:
    at = situation(*layers, x=x, y=y, fit=fit or {"batch_size": "32", "epochs": "5"})
    return replace(at, facts=replace(at.facts, **facts))


def adam(rate: float = 1e-3, **facts: Any) -> dict[str, Any]:
    return {"optimizer": "Adam", "optimizer_text": "keras.optimizers.Adam()", "rate": rate, "weights": 5000} | facts


def sgd(rate: float = 0.01, **facts: Any) -> dict[str, Any]:
    return {"optimizer": "SGD", "optimizer_text": f"keras.optimizers.SGD({rate})", "rate": rate, "weights": 90} | facts


def programs() -> Iterator[tuple[str, Situation]]:
    """Programs that differ in one thing each; their rows are the same at each call."""
    rng = np.random.default_rng(0)
    yield "fits", trained(*stack(), **adam())
    yield "jax", trained(*stack(), **adam(), backend="jax")
    for rate in (1e-7, 1e-5, 3e-4, 1e-2, 0.1, 1.0, 10.0):
        yield f"adam {rate:g}", trained(*stack(), **adam(rate))
        yield f"sgd {rate:g}", trained(*stack(), **sgd(rate))
    momentum = {"momentum": "0.999", "nesterov": "True", "clipnorm": "0.001"}
    yield "sgd with arguments", trained(*stack(), **sgd(optimizer_arguments=momentum))
    yield "schedule", trained(*stack(), **sgd(schedule="CosineDecay"))
    yield "user's optimizer", trained(*stack(), **adam(optimizer="Mine", optimizer_text=""))
    yield "half", trained(*stack(), **adam(policy="mixed_float16"))
    yield "short", trained(*stack(), **adam(), fit={"epochs": "1", "batch_size": "120"})
    yield "long", trained(*stack(), **adam(), fit={"epochs": "500", "batch_size": "1"})
    yield "weighted", trained(*stack(), **adam(), fit={"class_weight": "weights", "sample_weight": "w"})
    for activation in ("sigmoid", "relu", "tanh", "linear"):
        yield f"deep {activation}", trained(*deep(activation), **adam())
    yield "zero", trained(*deep("relu", zero=True), **sgd())
    yield "frozen", trained(*deep("relu", trainable=False), **sgd())
    yield "regularized", trained(*deep("relu", regularized=True, arguments={"kernel_regularizer": "'l2'"}), **sgd())
    started = {"kernel_initializer": "'zeros'", "units": "64", "activation": "'relu'"}
    yield "started", trained(*deep("relu", arguments=started), **sgd())
    yield "own layers", trained(*deep("relu", path=""), **sgd())
    yield "narrow", trained(replace(stack()[0], shape=(2,)), stack()[1], **adam())
    images = (
        layer(0, "Conv2D", (26, 26, 8), activation="relu", weights=80, arguments={"filters": "8"}),
        layer(1, "BatchNormalization", (26, 26, 8), weights=32, arguments={"momentum": "0.999"}),
        layer(2, "GlobalAveragePooling2D", (8,)),
        layer(3, "Dropout", (8,), arguments={"rate": "0.9"}),
        replace(dense(4, units="3", activation="'softmax'"), shape=(3,)),
    )
    yield "images", trained(*images, x=rng.integers(0, 255, (ROWS, 28, 28, 1)), **adam())
    words = (
        layer(0, "Embedding", (6, 16), weights=8000, arguments={"input_dim": "500", "output_dim": "16"}),
        layer(1, "LSTM", (8,), activation="tanh", weights=800, arguments={"units": "8"}),
        replace(dense(2, units="3", activation="'softmax'"), shape=(3,)),
    )
    yield "words", trained(*words, x=rng.integers(0, 500, (ROWS, 6)), **adam())
    for kind, activation, before in (
        ("Activation", "softmax", ""),
        ("Softmax", "softmax", ""),
        ("Activation", "softmax", "relu"),
        ("Activation", "softmax", "softmax"),
        ("Activation", "sigmoid", ""),
        ("LeakyReLU", "leaky_relu", ""),
        ("Dropout", "", "softmax"),
        ("Rescaling", "", ""),
    ):
        body = replace(stack(before)[1], shape=(3,))
        end = layer(2, kind, (3,), activation=activation)
        yield f"{before} then {kind} {activation}", trained(*stack(), **adam(layers=(stack()[0], body, end)))
    yield "closed", trained(outputs=(3,), graph=False, **adam())
    yield "own step", trained(*stack(), own_step=True, **adam())
    for last, units, loss, y in (
        ("softmax", 2, "", None),
        ("softmax", 3, ONE_HOT, None),
        ("softmax", 3, "mean_squared_error", None),
        ("", 3, "", None),
        ("relu", 3, "", None),
        ("sigmoid", 3, BINARY, None),
        ("softmax", 1, BINARY, TWO),
        ("sigmoid", 1, BINARY, TWO),
        ("tanh", 1, "hinge", 2 * TWO - 1),
        ("softmax", 3, ONE_HOT, np.eye(3)[np.arange(ROWS) % 3]),
        ("softmax", 2, "", 1 + TWO),
        ("softmax", 2, "", np.array(["no", "yes"])[TWO]),
    ):
        more = {"loss": loss, "loss_text": repr(loss)} if loss else {}
        yield (
            f"{last} {units} {loss} {None if y is None else y.dtype}",
            trained(*stack(last, units), y=y, **sgd(**more)),
        )
    for factor in (1000.0, 10.0, 0.02, 0.002):
        yield f"inputs times {factor:g}", trained(*stack(), x=NORMAL * factor, **adam())
    holes = NORMAL.copy()
    holes[3, 1] = np.nan
    yield "holes", trained(*stack(), x=holes, **adam())
    yield "uneven", trained(*stack(), x=NORMAL * [1, 1, 1, 0.003], **adam())
    yield "sorted", replace(trained(*stack(), y=np.sort(np.arange(ROWS) % 3), **adam()), shuffles=False)
    yield "split", replace(trained(*stack(), y=np.sort(np.arange(ROWS) % 3), **adam()), splits=True, callbacks=True)


BOILERPLATE = {"import keras", "old = make_model()", *CLONE, *KEEP_WEIGHTS}


def test_offers_and_patches_are_as_recorded() -> None:
    lines, known = [], set()
    for name, at in programs():
        lines.append(f"# {name}: {at.steps} steps, {at.classes} classes, {at.units} units")
        for one in offers.offers(at):
            lines += [f"{one.weight:.4g} {one.name} ({one.part}): {one.words}; {', '.join(one.causes)}"]
            if (text := patch((one,), at.facts, at.call).text) not in known:
                known.add(text)
                lines += [f"    {line}" for line in text.splitlines() if line not in BOILERPLATE]
    recorded.same("try_offers", "\n".join(lines))


def test_what_rows_are_is_as_recorded() -> None:
    seen = {
        name: at.rows for name, at in programs() if name in ("fits", "images", "words", "holes", "uneven", "sorted")
    }
    seen["few"] = rows_seen.see(np.arange(12.0).reshape(6, 2), np.array([0, 0, 0, 0, 0, 1]))
    seen["amounts"] = rows_seen.see(NORMAL, NORMAL[:, 0])
    recorded.same("try_rows", "\n".join(recorded.lines(seen)))


def endings() -> dict[str, Ending]:
    """Trials of many kinds."""
    steps = tuple(range(0, 250, 10))
    rising = Ending(
        steps=steps,
        correct=tuple(range(2, 27)),
        losses=tuple(np.linspace(2.3, 2.0, 25)),
        rows=100,
        training_correct=25,
        training_rows=100,
    )
    signals = [
        {"start_loss": 7.0}, {"end_no_gradient": 1.0, "start_no_gradient": 0.5}, {"dead": 0.95},
        {"start_first_gradient": 1e-4, "start_last_gradient": 1.0},
        {"start_first_gradient": 40.0, "start_last_gradient": 1.0},
    ]  # fmt: skip
    known = {f"{accuracy:g}": ending(accuracy) for accuracy in (0.1, 0.19, 0.2, 0.25, 0.52, 0.9, 1.0)}
    known |= {str(sorted(one.items())): ending(0.1, signals=one) for one in signals}
    known |= {
        f"{right} of training rows": replace(ending(0.3), training_correct=right, training_rows=100)
        for right in (20, 40, 41, 60, 90)
    }
    return known | {
        "falls": replace(ending(0.5), losses=(2.0,) * 6 + (1.9, 1.8), training_correct=50),
        "rising": rising,
        "bad": ending(0.1, bad_step=7),
        "training mode": ending(0.1, training_mode=0.4),
        "failed": Ending(error="ValueError: no"),
        "back": Ending(steps=tuple(range(6)), correct=(10, 90, 90, 90, 10, 10), losses=(1.0,) * 6, rows=100),
        "from the start": Ending(steps=tuple(range(6)), correct=(90,) * 6, losses=(1.0,) * 6, rows=100),
    }


def test_judgements_and_signs_are_as_recorded() -> None:
    few = judging.guessed(np.array([0] * 14 + [1] * 10))
    bars = {"guessed": judging.guessed(np.arange(100) % 10), "few": few}
    bars["found"] = replace(bars["guessed"], found=0.9)
    said_of = [
        (name, kind, judging.state_of(one, bar), judging.more_steps(one, bar), judging.tally([one, one], bar).words)
        for name, bar in bars.items()
        for kind, one in endings().items()
        if kind == "failed" or bar.rows == one.rows
    ]
    gains = {
        name: (bar, bar.text(), [(bar.gain(a), bar.learned(a)) for a in (0.1, 0.3, 0.9)]) for name, bar in bars.items()
    }
    signs = {kind: weighing.signs([one], 10) for kind, one in endings().items()}
    recorded.same("try_judging", "\n".join(recorded.lines([said_of, gains, signs])))


WORLDS: dict[str, Callable[[tuple[str, ...], int], float]] = {
    "healthy": lambda *_: 0.9,
    "at times": lambda names, seed: 0.9 if names or seed in (0, 2) else 0.1,
    "one": lambda names, _: 0.9 if "b" in names else 0.1,
    "two together": lambda names, _: 0.9 if {"a", "c"} <= set(names) else 0.1,
    "little": lambda names, _: 0.3 + 0.2 * len(names),
    "luck": lambda names, seed: 0.9 if "a" in names and seed < 100 else 0.1,
    "none": lambda *_: 0.1,
}


def answers() -> Iterator[tuple[str, Verdict, FakeLab]]:
    """What is said in worlds that differ in what works."""
    a, b, c = change("a", 0.5), change("b", 0.4, causes=("small_rate", "few_steps")), change("c", 0.2, part="head")
    more = [change(f"late{i}", 0.1) for i in range(4)]
    for name, most in {**dict.fromkeys(WORLDS, 10_000), "stopped": 7, "based": 10_000}.items():
        lab = FakeLab(WORLDS.get(name, WORLDS["two together" if name == "based" else "one"]), most)
        known = record(lab, [a, b, c, *more])
        known.base = (change("sorted", 0.9),) if name == "based" else ()
        told: list[str] = []
        course.judge(known)
        if not known.healthy():
            course.choose(known, told.append)
            course.confirm(known, told.append)
        stopped = "time" if lab.over else ""
        yield name, verdicts.verdict("make_model", known, stopped=stopped, seconds=61.0, command="ablate try"), lab


def test_courses_and_answers_are_as_recorded() -> None:
    lines = []
    for name, verdict, lab in answers():
        lines += [f"# {name}: status {verdict.status}, {verdict!r}", *verdict.text().splitlines()]
        lines += [" | ".join(map(str, row)) for row in verdict_text.rows(verdict)]
        lines += [*recorded.lines(verdict.json()), f"trained {lab.trained}"]
    recorded.same("try_answers", "\n".join(lines))


def test_states_of_programs_are_as_recorded() -> None:
    lines = []
    for kind, one in endings().items():
        known = record(FakeLab(lambda *_: 0.1), [])
        known.situation = replace(known.situation, call=Call(arguments={"epochs": "3", "batch_size": "25"}))
        for count in (1, 3):
            known.lab.seen |= {key_of((), seed): one for seed in range(count)}
            state = program_state.state_of(known)
            lines += [f"# {kind}, {count}: {state}"]
            lines += [program_state.says(known, state), program_state.beyond_chance(known)]
    recorded.same("try_states", "\n".join(lines))


def test_sets_of_several_changes_are_as_recorded() -> None:
    weights = {
        "inputs": 0.2,
        "normalization": 0.13,
        "momentum": 0.3,
        "initializer": 0.12,
        "precision": 0.5,
        "layers": 0.4,
    }
    offers = [change(f"{part}={at}", weight, part) for part, weight in weights.items() for at in (1, 2)]
    offers += [change(f"optimizer=Adam{at}", 0.2, "optimizer") for at in (1, 2)]
    offers += [change(f"activation={at}", 0.3, "activation") for at in (1, 2, 3)]
    offers += [change(f"learning_rate={at}", 0.1, "learning_rate") for at in (1, 2)]
    lines = []
    for name, likely in (("unlikely", 0.0), ("likely", 0.6)):
        sure = [change(f"sure{at}", likely) for at in (1, 2) if likely]
        known = record(FakeLab(lambda names, _: 0.1 + 0.05 * len(" ".join(names)) / 10), [*offers, *sure])
        course.judge(known)
        known.lab.train([((one,), 0) for one in known.offers[:9]])
        singles = course._with([(one,) for one in known.offers], course._likely(known))
        for sets in (singles, course._sets(known)):
            lines += [f"# {name}", *map(course.names, sets)]
    recorded.same("try_sets", "\n".join(lines))


def test_answers_of_a_study_are_as_recorded(stack: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = {
        "one": said(stack, lambda changed: "loss" in changed, monkeypatch),
        "two": said(stack, lambda changed: {"loss", "width"} <= set(changed), monkeypatch),
        "none": said(stack, lambda changed: False, monkeypatch),  # noqa: ARG005
        "lucky": answered(stack, lucky, monkeypatch),
        "stopped": answered(stack, lambda changed, _: "loss" in changed, monkeypatch, stored_at_most=60),
    }
    fields = ("baseline", "together", "smallest", "reduced", "overrides", "causes", "bar")
    lines = []
    for name, one in worlds.items():
        lines += [f"# {name}", one.text()]
        lines += recorded.lines({field: getattr(one, field) for field in fields})
    recorded.same("try_study", "\n".join(lines))


def test_defaults_are_as_recorded() -> None:
    recorded.same("defaults_try_remedies", recorded.defaults("ablate.try_remedies"))
