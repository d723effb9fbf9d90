"""A setting as the lines that a user of plain Keras writes for it: what changes, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ablate.core.study import Json, Setting

HIDDEN = ("width", "initializer", "regularizer", "constraint", "normalization", "activation", "dropout", "depth")
COMPILED = ("optimizer", "learning_rate", "schedule", "clipping")
"""Factors that one statement of a Keras program says together: it is given whole if one of them changes."""

CLASSES = {
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "nadam": "Nadam",
    "lion": "Lion",
}


def keras_lines(setting: Setting, baseline: Setting) -> list[str]:
    r"""The statements of a Keras program that differ from the baseline's.

    Args:
        setting: what to write.
        baseline: what is there.

    Examples:
        >>> from ablate.configure import compose
        >>> base = compose(["loss=clipped"]).baseline
        >>> print(*keras_lines(compose(["loss=fused", "learning_rate=0.01"]).baseline, base), sep="\n")
        outputs = keras.layers.Dense(classes)(x)  # logits: no softmax
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        optimizer = keras.optimizers.Adam(learning_rate=0.01)
        model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    """
    params, changed = setting.params(), set(setting.remedies(baseline))
    lines = _data(params, changed)
    if changed & set(HIDDEN):
        lines += _hidden(params)
    if "loss" in changed:
        lines += _loss(params["loss"])
    if changed & set(COMPILED):
        lines.append(_optimizer(params))
    if changed & {*COMPILED, "loss"}:
        optimizer, loss = ("optimizer" if changed & set(COMPILED) else "..."), ("loss" if "loss" in changed else "...")
        lines.append(f'model.compile(optimizer={optimizer}, loss={loss}, metrics=["accuracy"])')
    return lines + _fit(params, changed)


def _data(params: Mapping[str, Json], changed: Collection[str]) -> list[str]:
    if "input_scale" not in changed:
        return []
    kind = params["input_scale"]["kind"]
    unit = "(inputs - train_inputs.min()) / (train_inputs.max() - train_inputs.min())"
    lines = {
        "standardized": "inputs = (inputs - train_inputs.mean(0)) / (train_inputs.std(0) + 1e-7)",
        "raw": f"inputs = {unit}",
        "x255": f"inputs = 255.0 * {unit}",
    }
    return [lines[kind]] if kind in lines else []


def _hidden(params: Mapping[str, Json]) -> list[str]:
    """One hidden layer's statements, in the loop over the layers."""
    words = [str(params["width"])]
    for word, text in (
        ("kernel_initializer", _initializer(params["initializer"])),
        ("kernel_regularizer", _regularizer(params["regularizer"])),
        ("kernel_constraint", _constraint(params["constraint"])),
    ):
        words += [f"{word}={text}"] if text else []
    lines = [f"for _ in range({params['depth']}):", f"    x = keras.layers.Dense({', '.join(words)})(x)"]
    normalization = params["normalization"]
    if normalization["kind"] == "batch":
        lines.append(f"    x = keras.layers.BatchNormalization(momentum={normalization['momentum']:g})(x)")
    if normalization["kind"] == "layer":
        lines.append("    x = keras.layers.LayerNormalization()(x)")
    lines.append(f"    x = {_activation(params['activation'])}(x)")
    if params["regularizer"]["kind"] == "activity":
        lines.append(f"    x = keras.layers.ActivityRegularization(l2={params['regularizer']['strength']:g})(x)")
    if params["dropout"]:
        lines.append(f"    x = keras.layers.Dropout({params['dropout']:g})(x)")
    return lines


def _activation(params: Mapping[str, Json]) -> str:
    kind = params["kind"]
    if kind == "leaky_relu":
        return f"keras.layers.LeakyReLU(negative_slope={params['slope']:g})"
    if kind == "elu":
        return f"keras.layers.ELU(alpha={params['alpha']:g})"
    if kind == "relu_clamped":
        return f"keras.layers.ReLU(max_value={params['maximum']:g})"
    return f'keras.layers.Activation("{kind}")'


def _initializer(params: Mapping[str, Json]) -> str:
    if params["kind"] == "zeros":
        return '"zeros"'
    named: dict[tuple[Json, Json], str] = {
        ("fan_avg", 1.0): "glorot_uniform",
        ("fan_in", 2.0): "he_uniform",
        ("fan_in", 1.0): "lecun_uniform",
    }
    name = named.get((params.get("mode"), params.get("scale"))) if params["kind"] == "uniform" else None
    if name:
        return f'"{name}"'
    distribution = {"uniform": "uniform", "normal": "truncated_normal"}.get(params["kind"])
    if distribution is None:
        return ""
    return (
        f"keras.initializers.VarianceScaling(scale={params['scale']:g}, mode={params['mode']!r}, "
        f"distribution={distribution!r})"
    )


def _regularizer(params: Mapping[str, Json]) -> str:
    kind = params["kind"]
    return f"keras.regularizers.{kind.upper()}({params['strength']:g})" if kind in ("l1", "l2") else ""


def _constraint(params: Mapping[str, Json]) -> str:
    if params["kind"] == "max_norm":
        return f"keras.constraints.MaxNorm({params['value']:g})"
    if params["kind"] == "clamp":
        return f"lambda kernel: keras.ops.clip(kernel, -{params['value']:g}, {params['value']:g})"
    return ""


def _loss(params: Mapping[str, Json]) -> list[str]:
    """The last layer and the loss that belongs to it."""
    logits = "outputs = keras.layers.Dense(classes)(x)  # logits: no softmax"
    softmax = 'outputs = keras.layers.Dense(classes, activation="softmax")(x)'
    kind = params["kind"]
    if kind in ("fused", "post"):
        return [logits, "loss = keras.losses.CategoricalCrossentropy(from_logits=True)"]
    if kind == "label_smoothing":
        smoothed = f"from_logits=True, label_smoothing={params['alpha']:g}"
        return [logits, f"loss = keras.losses.CategoricalCrossentropy({smoothed})"]
    if kind == "mse":
        return [softmax, "loss = keras.losses.MeanSquaredError()"]
    if kind == "keras":
        return [softmax, 'loss = "categorical_crossentropy"']
    return [softmax, f"loss = ...  # `loss={kind}` is a symptom's own loss: see ablate.remedies.loss"]


def _optimizer(params: Mapping[str, Json]) -> str:
    own, clipping, schedule = params["optimizer"], params["clipping"], params["schedule"]
    rate = f"{params['learning_rate']:g}"
    if schedule["kind"] == "cosine":
        rate = f"keras.optimizers.schedules.CosineDecay({rate}, decay_steps=steps, alpha={schedule['final']:g})"
    if schedule["kind"] == "warmup":
        own_words = f"0.0, 10**9, warmup_target={rate}, warmup_steps={schedule['steps']}"
        rate = f"keras.optimizers.schedules.CosineDecay({own_words})"
    defaults = {"epsilon": 1e-07, "beta_1": 0.9, "beta_2": 0.999, "rho": 0.9, "momentum": 0.0}
    words = [f"learning_rate={rate}"]
    words += [
        f"{name}={value!r}"
        for name, value in own.items()
        if name != "kind" and value is not False and defaults.get(name) != value
    ]
    word = {"norm": "clipnorm", "global_norm": "global_clipnorm", "value": "clipvalue"}.get(clipping["kind"])
    words += [f"{word}={clipping['value']:g}"] if word else []
    return f"optimizer = keras.optimizers.{CLASSES.get(own['kind'], own['kind'])}({', '.join(words)})"


def _fit(params: Mapping[str, Json], changed: Collection[str]) -> list[str]:
    words = [f"batch_size={params['batch_size']}"] if "batch_size" in changed else []
    schedule = params["schedule"]
    if "schedule" in changed and schedule["kind"] == "plateau":
        own = f"factor={schedule['factor']:g}, patience={schedule['patience']}, min_delta={schedule['min_delta']:g}"
        words.append(f'callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="val_loss", {own})]')
    return [f"model.fit(..., {', '.join(words)})"] if words else []
