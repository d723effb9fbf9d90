"""The model of a trial as a user of plain Keras writes and compiles it.

This module uses only those hooks of factors that are named `keras_...`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ablate.core.study import Json, Trial
from ablate.engine import data, user_model
from ablate.engine.runtime import keras
from ablate.remedies import optimizer, registry
from ablate.remedies.activation import ACTIVATION
from ablate.remedies.depth import DEPTH
from ablate.remedies.learning_rate import LEARNING_RATE
from ablate.remedies.model import MODEL
from ablate.remedies.optimizer import OPTIMIZER
from ablate.remedies.regularizer import REGULARIZER
from ablate.remedies.width import WIDTH


@dataclass(frozen=True, kw_only=True, eq=False)
class Plain:
    """A compiled Keras model, its parts and its callbacks.

    Attributes:
        model: the compiled model.
        inner: a model of the same layers: inputs -> [logits, hidden 1, hidden 2, ...].
        head: the layers between the logits and the model's output.
        loss: (truth, output) -> the loss, one value or one per row.
        callbacks: callbacks that are told of each evaluation.
    """

    model: Any
    inner: Any
    head: list[Any]
    loss: Callable[[Any, Any], Any]
    callbacks: list[Any]


def build(trial: Trial, rows: data.Rows, done: int) -> Plain:
    """Build and compile the model of a trial.

    Args:
        trial: the trial.
        rows: its data.
        done: steps of a first phase from whose optimizer the trial goes on; 0 for a fresh optimizer.
    """
    params = trial.setting.params()
    inputs, logits, hidden = _layers(trial, rows)
    output = logits
    head_and_loss: tuple[list[Any], Any] = ([], None)
    for name, remedy in registry().items():
        head_and_loss = remedy.keras_loss(params[name], head_and_loss) if remedy.keras_loss else head_and_loss
    head, loss = head_and_loss
    for layer in head:
        output = layer(output)
    model = keras.Model(inputs, output)
    model.compile(optimizer=_optimizer(trial, done), loss=loss, metrics=["categorical_accuracy"], jit_compile=False)
    return Plain(
        model=model,
        inner=keras.Model(inputs, [logits, *hidden]),
        head=head,
        loss=keras.losses.get(loss),
        callbacks=[callback for callbacks in _hook_results("keras_callbacks", params) for callback in callbacks],
    )


def _layers(trial: Trial, rows: data.Rows) -> tuple[Any, Any, list[Any]]:
    """Return input, logits and hidden outputs, of the package's own stack or of a user's template."""
    params = trial.setting.params()
    dense = _merged(_hook_results("keras_dense", params))
    features, baked = rows.inputs.shape[1], registry()[MODEL].baked(params[MODEL])
    if baked:
        decided = _decided(params, trial.seed)
        inputs, logits, hidden, _ = user_model.build(
            baked, features=features, width=params[WIDTH], decided=decided, dense=dense
        )
        return inputs, logits, hidden
    inputs = x = keras.Input((features,))
    hidden = []
    for layer in range(params[DEPTH]):
        x = keras.layers.Dense(params[WIDTH], **dense)(x)
        for name, remedy in registry().items():
            for follower in remedy.keras_hidden(params[name], layer, trial.seed) if remedy.keras_hidden else []:
                x = follower(x)
            if name == ACTIVATION:
                hidden.append(x)
    return inputs, keras.layers.Dense(rows.classes)(x), hidden


def _decided(params: dict[str, Json], seed: int) -> user_model.Decided:
    """Return a function that makes the layers a user writes where a template leaves the decision to a factor.

    Penalties on activity follow the activation.
    """

    def decided(name: str, layer: int) -> list[Any]:
        hook = registry()[name].keras_hidden
        followers = hook(params[name], layer, seed) if hook is not None else []
        return [*followers, *(decided(REGULARIZER, layer) if name == ACTIVATION else [])]

    return decided


def _optimizer(trial: Trial, done: int) -> Any:
    """Return the optimizer as a user makes it; `done` steps of a first phase do not count in its schedule."""
    params = trial.setting.params()
    arguments = _merged(_hook_results("keras_optimizer", params))
    rate = _hook_results("keras_rate", params, params[LEARNING_RATE], trial.budget)[0]
    if done and not isinstance(rate, float):
        scheduled = rate

        class Later(keras.optimizers.schedules.LearningRateSchedule):
            """The level's schedule, with its steps counted from the end of the first phase."""

            def __call__(self, step: Any) -> Any:
                return scheduled(step - done)

        rate = Later()
    return _with_gradients(optimizer.make(params[OPTIMIZER], rate, **arguments), params)


def _with_gradients(made: Any, params: dict[str, Json]) -> Any:
    """Return an optimizer that changes gradients before it applies them, as a user's own subclass does."""
    hooks = [(remedy.keras_gradients, params[name]) for name, remedy in registry().items() if remedy.keras_gradients]
    if not hooks:
        return made
    kind: Any = type(made)

    class Changed(kind):
        """The optimizer, with the gradients of the levels."""

        def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
            """Apply the changed gradients.

            Args:
                grads: one per trainable variable.
                trainable_variables: as Keras passes them.
            """
            for hook, level in hooks:
                grads = hook(level, list(grads))
            return super().apply(grads, trainable_variables)

    made.__class__ = Changed
    return made


def _hook_results(hook: str, params: dict[str, Json], *arguments: Any) -> list[Any]:
    """Call one hook, given by name, of every factor that has it, in the factors' order; return the results."""
    calls = [(getattr(remedy, hook), params[name]) for name, remedy in registry().items()]
    return [call(level, *arguments) for call, level in calls if call is not None]


def _merged(mappings: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for mapping in mappings for name, value in mapping.items()}
