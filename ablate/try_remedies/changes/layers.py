"""Offer changes of the layers of a model that Keras can take apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ablate.engine.as_is.records import Layer
from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.patch import Change

KERNELS = ("Dense", "Conv1D", "Conv2D", "Conv3D")
SATURATES = ("sigmoid", "hard_sigmoid", "softmax", "tanh", "softsign", "exponential")
DIES = ("relu", "relu6", "ReLU")
NORMS = ("BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization", "RMSNormalization")
UNUSUAL = {
    **dict.fromkeys(NORMS, ("axis", "epsilon", "gamma_initializer", "beta_initializer", "center", "scale")),
    "Softmax": ("axis",),
    "ReLU": ("threshold", "max_value", "negative_slope"),
    "LeakyReLU": ("negative_slope",),
    "ELU": ("alpha",),
}
"""Arguments of layers by class; another value than Keras' default may throw away what a row holds."""


def layer_changes(at: Situation) -> Iterator[Change]:
    """Offer changes of hidden layers."""
    last = max((layer.index for layer in at.facts.layers if layer.weights), default=0)
    hidden = [layer for layer in at.facts.layers if layer.index < last]
    behind = [layer for layer in at.facts.layers if layer.index > last]
    yield from _trained(at.facts.layers)
    yield from _blocked([*hidden, *behind])
    yield from _settings(at.facts.layers)
    yield from _activations(hidden)
    yield from _initializers(at.facts.layers)
    yield from _normalizations(hidden)
    yield from _dropouts(at.facts.layers)
    yield from _penalties(at.facts.layers)
    yield from _information(hidden)


def trainable_changes(at: Situation) -> Iterator[Change]:
    """Offer to train every layer, for a model that cannot be taken apart."""
    if not at.facts.graph and not at.facts.weights:
        yield Change(
            name="trainable=all",
            part="trainable",
            words="train all layers",
            causes=("frozen",),
            weight=0.95,
            built=("model.trainable = True",),
        )


def _trained(layers: Sequence[Layer]) -> Iterator[Change]:
    frozen = [layer for layer in layers if layer.weights and not layer.trainable]
    zero = [layer for layer in layers if layer.zero and layer.kind == "Embedding"]
    built = ("for layer in model.layers:", "    layer.trainable = True")
    if zero:
        drawn = {layer.index: {"embeddings_initializer": "'uniform'"} for layer in zero}
        yield Change(
            name="embedding=trained",
            part="embedding",
            words="draw the embedding at random and train it: its table is all zeros",
            causes=("frozen", "no_information"),
            weight=0.95,
            arguments=drawn,
            built=built,
        )
    if frozen:
        yield Change(
            name="trainable=all",
            part="trainable",
            words="train all layers",
            causes=("frozen",),
            weight=0.85,
            built=built,
        )


def _blocked(hidden: Sequence[Layer]) -> Iterator[Change]:
    """Offer to leave out layers of the user's own that keep the shape of a row: rounding and the like has no gradient.

    Layers without weights may be functions whose inputs come from several layers, so their shape is not compared.
    """
    for before, layer in zip([None, *hidden], hidden, strict=False):
        if layer.path or (layer.weights and (before is None or before.shape != layer.shape)):
            continue
        yield Change(
            name=f"{layer.kind}=none",
            part=f"layer {layer.index}",
            words=f"leave out the layer {layer.kind}",
            causes=("no_gradient",),
            weight=0.15 if layer.weights else 0.5,
            replaced={layer.index: "keras.layers.Identity()"},
        )


def _settings(layers: Sequence[Layer]) -> Iterator[Change]:
    """Offer Keras' defaults for arguments that rarely have another value, such as the axis of a norm."""
    words = {
        layer.index: dict.fromkeys(names, "")
        for layer in layers
        if layer.path and (names := [name for name in UNUSUAL.get(layer.kind, ()) if name in layer.arguments])
    }
    if words:
        kinds = sorted({layer.kind for layer in layers if layer.index in words})
        names = sorted({name for changed in words.values() for name in changed})
        yield Change(
            name="settings=default",
            part="settings",
            words=f"leave {' and '.join(names)} of {' and '.join(kinds)} at Keras' defaults",
            causes=("information_lost", "dead_units", "wrong_axis"),
            weight=0.45,
            arguments=words,
        )


def _activations(hidden: Sequence[Layer]) -> Iterator[Change]:
    usual = [layer for layer in hidden if layer.kind in (*KERNELS, "Activation") and layer.path]
    named = {layer.activation for layer in usual if layer.activation not in ("", "linear")}
    bare = [layer for layer in hidden if layer.kind == "Dense" and layer.path]
    linear = not any(layer.activation not in ("", "linear") for layer in hidden)
    if linear and bare:
        words = {layer.index: {"activation": "'relu'"} for layer in bare}
        yield Change(
            name="activation=relu",
            part="activation",
            words="give the hidden layers relu: they are all linear",
            causes=("information_lost",),
            weight=0.4,
            arguments=words,
        )
        return
    if not named:
        return
    saturating = bool(named & set(SATURATES))
    for name, weight in (
        ("relu", 0.5 if saturating else 0.0),
        ("tanh", 0.35),
        ("leaky_relu", 0.1 if saturating else 0.4),
        ("elu", 0.15),
    ):
        if weight and named != {name}:
            words = {
                layer.index: {"activation": repr(name)}
                for layer in usual
                if layer.activation not in ("", "linear", name)
            }
            yield Change(
                name=f"activation={name}",
                part="activation",
                words=f"give the hidden layers {name} instead of {' and '.join(sorted(named - {name}))}",
                causes=("vanishing_gradient",) if saturating else ("dead_units", "large_steps"),
                weight=weight,
                arguments=words,
            )


def _initializers(layers: Sequence[Layer]) -> Iterator[Change]:
    own = [
        layer for layer in layers if layer.path and {"kernel_initializer", "bias_initializer"} & layer.arguments.keys()
    ]
    if own:
        words = {layer.index: {"kernel_initializer": "", "bias_initializer": ""} for layer in own}
        yield Change(
            name="initializer=default",
            part="initializer",
            words="leave the initializers of the layers at Keras' defaults",
            causes=("large_start", "symmetric", "dead_units"),
            weight=0.65,
            arguments=words,
        )
    kernels = {
        layer.index: {"kernel_initializer": "'he_normal'"}
        for layer in layers
        if layer.kind in KERNELS and layer.path and layer.trainable
    }
    if kernels:
        yield Change(
            name="initializer=he_normal",
            part="initializer",
            words="draw the initial kernels from he_normal",
            causes=("vanishing_gradient",),
            weight=0.15,
            arguments=kernels,
        )


def _normalizations(hidden: Sequence[Layer]) -> Iterator[Change]:
    there = [layer for layer in hidden if layer.kind == "BatchNormalization"]
    if there:
        quick = {layer.index: {"momentum": "0.8"} for layer in there}
        yield Change(
            name="batch_normalization=quick",
            part="momentum",
            words="let batch normalization follow faster: momentum=0.8",
            causes=("mode_gap",),
            weight=0.4,
            arguments=quick,
        )
        none = {layer.index: "keras.layers.Identity()" for layer in there}
        yield Change(
            name="batch_normalization=none",
            part="normalization",
            words="leave out batch normalization",
            causes=("mode_gap",),
            weight=0.2,
            replaced=none,
        )
        return
    behind = {
        layer.index: ("keras.layers.BatchNormalization(momentum=0.9)",) for layer in hidden if layer.kind in KERNELS
    }
    if behind:
        yield Change(
            name="normalization=batch",
            part="normalization",
            words="put batch normalization behind each hidden layer",
            causes=("vanishing_gradient", "large_steps", "dead_units"),
            weight=0.3,
            behind=behind,
        )


def _dropouts(layers: Sequence[Layer]) -> Iterator[Change]:
    there = [layer for layer in layers if "Dropout" in layer.kind and layer.path]
    inside = [layer for layer in layers if layer.path and "dropout" in layer.arguments]
    rates = [_float(layer.arguments.get("rate", "0")) for layer in there]
    if there or inside:
        yield Change(
            name="dropout=none",
            part="dropout",
            words="leave out dropout",
            causes=("heavy_dropout",),
            weight=0.7 if max(rates, default=0) > 0.6 else 0.15,
            replaced={layer.index: "keras.layers.Identity()" for layer in there},
            arguments={layer.index: {"dropout": "", "recurrent_dropout": ""} for layer in inside},
        )


def _penalties(layers: Sequence[Layer]) -> Iterator[Change]:
    names = (
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "recurrent_regularizer",
        "embeddings_regularizer",
    )
    there = [layer for layer in layers if layer.regularized and layer.path]
    if there:
        yield Change(
            name="regularizer=none",
            part="regularizer",
            words="leave out the regularizers",
            causes=("regularizer",),
            weight=0.55,
            arguments={layer.index: dict.fromkeys(names, "") for layer in there},
        )
    bound = [layer for layer in layers if layer.path and any(name.endswith("_constraint") for name in layer.arguments)]
    if bound:
        none = {
            layer.index: dict.fromkeys([name for name in layer.arguments if name.endswith("_constraint")], "")
            for layer in bound
        }
        yield Change(
            name="constraint=none",
            part="constraint",
            words="leave out the constraints",
            causes=("regularizer",),
            weight=0.4,
            arguments=none,
        )


def _information(hidden: Sequence[Layer]) -> Iterator[Change]:
    """Offer to keep what pooling and narrow layers throw away."""
    pools = [layer for layer in hidden if layer.kind.startswith("Global") and layer.path]
    for layer in pools:
        few = bool(layer.shape) and (layer.shape[-1] or 99) <= 3
        yield Change(
            name="pooling=flatten",
            part=f"layer {layer.index}",
            words=f"keep all positions: Flatten instead of {layer.kind}",
            causes=("information_lost",),
            weight=0.9 if few else 0.15,
            replaced={layer.index: "keras.layers.Flatten()"},
        )
    narrow = [
        layer
        for layer in hidden
        if layer.kind == "Dense" and layer.path and (layer.shape[-1:] or (99,))[0] in (1, 2, 3)
    ]
    if narrow:
        yield Change(
            name="width=32",
            part="width",
            words="give the narrow hidden layers 32 units",
            causes=("information_lost", "dead_units"),
            weight=0.6,
            arguments={layer.index: {"units": "32"} for layer in narrow},
        )


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
