"""Say which changes remove each cause of a plateau, and why. Counts confirm or refute them, and give their order."""

from __future__ import annotations

from collections.abc import Mapping

Change = tuple[str, str]
"""(factor, change): a new level, or a direction (`lower`, `far lower`, ...)."""

ANEW, ON = "anew", "on"

FUSED = ("loss", "fused")
FAR_LOWER, FAR_HIGHER = ("learning_rate", "far lower"), ("learning_rate", "far higher")
ADAM, CLIPPED_GRADIENT, BATCH = ("optimizer", "adam"), ("clipping", "norm"), ("normalization", "batch")
LEAKY, STANDARDIZED, NO_PENALTY = ("activation", "leaky_relu"), ("input_scale", "standardized"), ("regularizer", "off")

REMOVALS: Mapping[str, Mapping[Change, tuple[str, tuple[str, ...]]]] = {
    "non_finite": {
        FUSED: (
            "It takes the logarithm of the softmax from the logits, so a probability of 0 makes no infinite loss.",
            (ANEW, ON),
        ),
        FAR_LOWER: ("Smaller steps keep weights and logits finite.", (ANEW,)),
        CLIPPED_GRADIENT: ("A bound on the gradient bounds each step.", (ANEW,)),
    },
    "symmetric": {
        ("initializer", "glorot"): ("Random initial weights make units differ.", (ANEW,)),
        ("dropout", "0.5"): ("Each step drops other units, so copies get different gradients.", (ANEW, ON)),
        ("dropout", "0.2"): ("Each step drops other units, so copies get different gradients.", (ANEW, ON)),
    },
    "clip_trap": {
        FUSED: ("Its gradient is the softmax minus the label, at any logits: no clip makes it 0.", (ANEW, ON)),
        FAR_LOWER: ("The logits do not grow apart before the network has learned.", (ANEW,)),
        BATCH: ("It rescales the inputs of each layer, so the logits are small again.", (ON,)),
    },
    "dead_units": {
        LEAKY: ("Its slope is not 0 where that of ReLU is, so a gradient reaches dead units.", (ANEW, ON)),
        BATCH: ("It centres the pre-activations of each unit, so the unit is above 0 on some rows.", (ANEW, ON)),
        FAR_LOWER: ("Smaller steps do not push the pre-activations of a unit below 0 on every row.", (ANEW,)),
        ("initializer", "glorot"): ("Units whose weights all start at 0 are dead from the start.", (ANEW,)),
    },
    "small_steps": {
        FAR_HIGHER: ("The steps are as many times larger.", (ANEW, ON)),
        ADAM: ("It divides a gradient by its own size, so steps are as large as the rate.", (ANEW, ON)),
        STANDARDIZED: ("The gradients of the first layer grow with the inputs.", (ANEW, ON)),
        BATCH: (
            "It divides pre-activations by their standard deviation, so a small scale of the inputs is gone.",
            (ANEW, ON),
        ),
    },
    "large_steps": {
        BATCH: (
            "It divides pre-activations by their standard deviation, so saturated units have a gradient again.",
            (ON,),
        ),
        FAR_LOWER: ("Smaller steps do not overshoot the minimum.", (ANEW,)),
        CLIPPED_GRADIENT: ("A bound on the gradient bounds each step.", (ANEW, ON)),
        NO_PENALTY: ("The penalty pulls the weights to 0 faster than the loss lets them grow.", (ANEW, ON)),
    },
}
"""Cause -> change -> why it removes the cause, and the phases in which it can. `data_fault` has none: only right data
remove it."""

LEADS: Mapping[str, Change] = {"clip_trap": FUSED}
"""Cause -> the change that stands first whatever the counts. Other changes keep a network away from the clip; the fused
loss has no clip."""

DATA = (
    "Repair the data: compare inputs and labels of some rows by eye. Check that the loss is not negated. No other "
    "change that we tried helps."
)
"""The advice against `data_fault`."""

NEEDS: Mapping[Change, str] = {
    NO_PENALTY: "a penalty",
    ("depth", "lower"): "more than 2 hidden layers",
    ("clipping", "none"): "a bound on its gradients",
    ("normalization", "off"): "normalization",
    ("constraint", "off"): "bounds on its weights",
    ("dropout", "0.0"): "dropout",
    **{("initializer", level): "weights that start at 0" for level in ("he", "lecun", "large", "small")},
    ("initializer", "glorot"): "another initializer",
}
"""Change -> what a network must have for it."""

HAS: Mapping[str, Change] = {"symmetric": ("initializer", "glorot")}
"""Cause -> the change that each of its networks can make: units are copies by their initial weights."""

NOTES: Mapping[str, str] = {
    "large_steps": "This is the rest, which no other cause explains: a healthy network has such steps, too. If your "
    "network has a penalty, switch it off first.",
}
"""Cause -> what a reader must know beside its sign."""

_LABELS: Mapping[Change, str] = {
    FAR_LOWER: "rate / 10 or lower",
    ("learning_rate", "somewhat lower"): "rate / 2 to / 5",
    ("learning_rate", "somewhat higher"): "rate x 2 to x 5",
    FAR_HIGHER: "rate x 10 or higher",
    ("width", "lower"): "fewer units",
    ("width", "higher"): "more units",
    ("depth", "lower"): "2 layers instead of 8",
    ("depth", "higher"): "8 layers instead of 2",
}


def label(factor: str, change: str) -> str:
    """Return a change in words.

    Examples:
        >>> label("loss", "fused"), label("learning_rate", "far lower")
        ('loss=fused', 'rate / 10 or lower')
    """
    return _LABELS.get((factor, change), f"{factor}={change}")


def needs(cause: str, factor: str, change: str) -> str:
    """Return what a network with this cause must have for a change; empty for nothing.

    Examples:
        >>> needs("dead_units", "initializer", "glorot"), needs("symmetric", "initializer", "glorot")
        ('another initializer', '')
    """
    return "" if HAS.get(cause) == (factor, change) else NEEDS.get((factor, change), "")


def why(phase: str, cause: str, factor: str, change: str) -> str:
    """Return why a change removes a cause; empty if no reason is known."""
    text, phases = REMOVALS.get(cause, {}).get((factor, change), ("", ()))
    return text if phase in phases else ""
