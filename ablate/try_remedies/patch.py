"""Join changes to a patch: lines of plain Keras that run as printed between a user's builder and `fit`.

A patch is what is trained, and what is shown. `x`, `y`, `x_val`, `y_val` and `make_model` are the user's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ablate.engine.as_is.records import Facts, Job

CLONE = (
    "model = keras.models.clone_model(",
    "    old, clone_function=lambda layer: new.get(layer) or type(layer).from_config(layer.get_config())",
    ")",
)

LOOKUPS = ("TextVectorization", "StringLookup", "IntegerLookup")
"""Layers whose vocabulary is in no weight: the clone takes the layer itself."""

KEEP_WEIGHTS = (
    "for before, after in zip(old.layers, model.layers):  # layers of another size start anew",
    "    if before not in new and [w.shape for w in before.weights] == [w.shape for w in after.weights]:",
    "        after.set_weights(before.get_weights())",
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of a program.

    Attributes:
        name: a short name, as `head=sigmoid`.
        part: what is changed; two changes of one part exclude each other. Names as in `ablate.audit.finding.Repair`.
        words: what is changed, in words.
        causes: the causes that it treats, the likeliest first.
        weight: how likely it helps when nothing is known, 0 to 1.
        rows: lines that change the rows; `{x}` and `{y}` stand for the user's names. Lines without them run once.
        arguments: index of a layer -> its arguments that change, as texts; an empty text drops an argument.
        replaced: index of a layer -> the text of what replaces it.
        before, behind: index of a layer -> texts of layers that are put before or behind it.
        loss, optimizer, metrics: texts that replace what was compiled; empty to keep it.
        built: lines after the model is built and before it is compiled.
        first: lines before the model is built.
        fit: argument of `fit` -> its text; an empty text drops the argument.
    """

    name: str
    part: str
    words: str
    causes: tuple[str, ...] = ()
    weight: float = 0.1
    rows: tuple[str, ...] = ()
    arguments: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    replaced: Mapping[int, str] = field(default_factory=dict)
    before: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    behind: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    loss: str = ""
    optimizer: str = ""
    metrics: str = ""
    built: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    fit: Mapping[str, str] = field(default_factory=dict)


Changes = tuple[Change, ...]
"""Changes of different parts, which are made together."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """How the user's program calls `fit`.

    Attributes:
        arguments: argument -> its text, without rows and `validation_data`.
        validated: whether `fit` gets `x_val` and `y_val`.
        weighted: whether `fit` gets `sample_weight`.
        split: the share of the rows that `fit` splits off for validation; 0 if it splits off none.
        inputs: `array`, or `list` or `dict` of arrays.
    """

    arguments: Mapping[str, str]
    validated: bool = False
    weighted: bool = False
    split: float = 0.0
    inputs: str = "array"


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A program with changes, as text.

    Attributes:
        prepare: the lines before `fit`.
        call: the line that calls `fit`.
        after: the lines that treat the rows that a trial is judged on like the others, where the program has none.
    """

    prepare: str
    call: str
    after: str = ""

    @property
    def text(self) -> str:
        """Return the lines as they are shown."""
        return f"{self.prepare}\n{self.call}"

    def job(self, seed: int, seconds: float) -> Job:
        """Return the trial that trains the patch.

        Args:
            seed: its seed.
            seconds: how long it may train.
        """
        return Job(prepare=self.prepare, call=self.call, after=self.after, seed=seed, seconds=seconds)


def patch(changes: Sequence[Change], facts: Facts, call: Call) -> Patch:
    """Write a program with these changes; without any it is the user's own.

    Args:
        changes: changes of different parts.
        facts: what the model says about itself.
        call: how the program calls `fit`.
    """
    rows, after = _rows(changes, call)
    layers = {index: _layer(index, changes, facts) for index in _touched(changes)}
    lines = [*rows, *(line for change in changes for line in change.first)]
    lines += _cloned(layers, facts) if layers else ["model = make_model()"]
    lines += [line for change in changes for line in change.built]
    lines += _compiled(changes, facts, cloned=bool(layers))
    imports = ["import keras"] + (["import numpy as np"] if any("np." in line for line in (*lines, *after)) else [])
    return Patch(
        prepare="\n".join([*imports, *lines] if changes else lines), call=_fit(changes, call), after="\n".join(after)
    )


def _rows(changes: Sequence[Change], call: Call) -> tuple[list[str], list[str]]:
    """Return the lines that change the rows, and those that a trial needs beside them for the rows it is judged on."""
    shown: list[str] = []
    after: list[str] = []
    for change in changes:
        for line in change.rows:
            if "{" not in line:
                shown.append(line)
                continue
            shown.append(line.replace("{x}", "x").replace("{y}", "y"))
            (shown if call.validated else after).append(line.replace("{x}", "x_val").replace("{y}", "y_val"))
    if call.split:  # the trial is judged on the rows that `fit` splits off, after all changes of rows
        picked = {"dict": "{name: part[first:] for name, part in x.items()}", "list": "[part[first:] for part in x]"}
        return shown, [
            f"first = int(len(y) * (1 - {call.split}))",
            f"x_val, y_val = {picked.get(call.inputs, 'x[first:]')}, y[first:]",
        ]
    if any("np." in line for line in after):
        after.insert(0, "import numpy as np")
    return shown, after


def _touched(changes: Sequence[Change]) -> list[int]:
    """Return the layers that changes touch."""
    return sorted(
        {index for change in changes for index in (*change.arguments, *change.replaced, *change.before, *change.behind)}
    )


def _layer(index: int, changes: Sequence[Change], facts: Facts) -> str:
    """Write a layer with all its changes; layers before and behind it are joined to it.

    It keeps its name: a new one could be that of another layer, if the model was read from a file.
    """
    layer = facts.layers[index]
    words = dict(layer.arguments)
    for change in changes:
        words |= change.arguments.get(index, {})
    name = f"name=old.layers[{index}].name"
    before = [line for change in changes for line in change.before.get(index, ())]
    behind = [line for change in changes for line in change.behind.get(index, ())]
    replaced = [change.replaced[index] for change in changes if index in change.replaced]
    joined = bool(before or behind or replaced)  # a Sequential takes mask and mode that the layer was called with
    made = [f"{argument}={text}" for argument, text in words.items() if text and argument != "name"]
    made = made if joined else [*made, name]
    own = f"type(old.layers[{index}]).from_config(old.layers[{index}].get_config())"
    text = replaced[0] if replaced else f"{layer.path}({', '.join(made)})" if layer.path else own
    return f"keras.Sequential([{', '.join([*before, text, *behind])}], {name})" if joined else text


def _cloned(layers: Mapping[int, str], facts: Facts) -> list[str]:
    """Return the lines that take the user's model with other layers in the place of some."""
    lines = ["old = make_model()", "old.compiled = False  # it is compiled again below", "new = {"]
    lines += [f"    old.layers[{index}]: {text}," for index, text in sorted(layers.items())]
    keep = KEEP_WEIGHTS if any(layer.index not in layers and layer.weights for layer in facts.layers) else ()
    if any(layer.kind in LOOKUPS for layer in facts.layers):
        lines += [
            f"    old.layers[{one.index}]: old.layers[{one.index}]," for one in facts.layers if one.kind in LOOKUPS
        ]
    return [*lines, "}", *CLONE, *keep]


def _compiled(changes: Sequence[Change], facts: Facts, *, cloned: bool) -> list[str]:
    """Return the call of `compile`: the user's own arguments, except those that are changed."""
    chosen = {
        name: next((text for change in changes if (text := getattr(change, name))), "")
        for name in ("optimizer", "loss", "metrics")
    }
    recompiled = cloned or any(chosen.values()) or any(change.built for change in changes)
    if not recompiled:
        return []
    source = "old" if cloned else "model"
    own = f"type({source}.optimizer).from_config({source}.optimizer.get_config())"
    words = {
        "optimizer": chosen["optimizer"] or facts.optimizer_text or own,
        "loss": chosen["loss"] or facts.loss_text or f"{source}.loss",
        "metrics": chosen["metrics"] or facts.metrics_text or '["accuracy"]',
        **facts.compiled,
    }
    if words["metrics"] == "None":
        del words["metrics"]
    return ["model.compile(", *(f"    {name}={text}," for name, text in words.items()), ")"]


def _fit(changes: Sequence[Change], call: Call) -> str:
    words = dict(call.arguments)
    for change in changes:
        words |= change.fit
    given = ["x", "y"]
    if call.validated:
        given.append("validation_data=(x_val, y_val)")
    if call.weighted and words.get("sample_weight") != "":
        given.append("sample_weight=sample_weight")
    given += [f"{name}={text}" for name, text in words.items() if text and name != "sample_weight"]
    return f"model.fit({', '.join(given)})"


def together(changes: Sequence[Change]) -> Changes:
    """Return changes that can be made together: the first of each part and of each argument.

    Args:
        changes: changes, the most wanted first.
    """
    taken: list[Change] = []
    held: set[object] = set()
    for change in changes:
        wanted: set[object] = {kind for kind in ("loss", "optimizer", "metrics") if getattr(change, kind)}
        wanted |= {(index, name) for index, words in change.arguments.items() for name in words}
        argued = {("argued", index) for index in change.arguments}  # a layer that is replaced has none of its own
        replaced = {("layer", index) for index in change.replaced}
        clash = {("argued", index) for _, index in replaced} | {("layer", index) for _, index in argued}
        if change.part in held or (wanted | replaced | clash) & held:
            continue
        taken.append(change)
        held |= {change.part, *wanted, *replaced, *argued}
    return tuple(taken)
