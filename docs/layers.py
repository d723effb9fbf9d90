"""Write docs/layers.md: which Keras layers train side by side, by which form, and why the others do not."""

from __future__ import annotations

import sys
from pathlib import Path

from ablate.engine import layers
from ablate.engine.layers import plain, recurrent, windows
from ablate.engine.runtime import keras

PATH = Path(__file__).with_suffix(".md")

HEAD = """# Which Keras layers train side by side

`ablate try`, `model=` and `ablate.fit_many` train models of equal shapes side by side, many in one compiled program. A
model with a layer that has no form for many slots is trained alone. A test compares each layer of the first table with
Keras in float64: outputs, penalties, gradients, states and random numbers (`tests/engine/layers/`).

`python docs/layers.py` writes this page from `ablate/engine/layers/`.

"""

FORMS = {
    "as it is": plain.KINDS,
    "by windows: slices and a matrix product": windows.KINDS,
    "a loop over time around the slots": recurrent.KINDS,
    "as the layer inside": {},
}

NEEDS = {
    "a layer of convolutions inside a loop over time": ("ConvLSTM",),
    "code or a program of its own": ("Lambda", "JaxLayer", "FlaxLayer", "TFSMLayer", "TorchModuleWrapper"),
    "a part of other layers, or a base class": ("Cell", "Cells", "InputLayer", "Layer", "Wrapper", "Pipeline"),
}


def text() -> str:
    """Return the page."""
    lines = [HEAD, "| layers | how |\n| --- | --- |\n"]
    left = dict(layers.KINDS)
    for how, kinds in FORMS.items():
        names = sorted(name for name in left if name in kinds or not kinds)
        left = {name: kind for name, kind in left.items() if name not in names}
        lines.append(f"| {', '.join(names)} | {how} |\n")
    lines.append(
        "\nA recurrent layer trains alone if it is stateful or returns its states; a convolution if its channels come "
        f"first; any layer if its form would hold more than {windows.LARGEST:,} numbers of each row.\n\n"
    )
    lines.append("| layers that train alone | why |\n| --- | --- |\n")
    names = sorted(_keras_layers() - set(layers.KINDS))
    for why, parts in NEEDS.items():
        named = [name for name in names if name.startswith(parts) or name.endswith(parts)]
        names = [name for name in names if name not in named]
        lines.append(f"| {', '.join(named)} | {why} |\n")
    lines.append(f"| {', '.join(names)} | it prepares data, or nobody has written its form |\n")
    return "".join(lines)


def _keras_layers() -> set[str]:
    classes = [value for value in vars(keras.layers).values() if isinstance(value, type)]
    return {each.__name__ for each in classes if issubclass(each, keras.layers.Layer)}


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
    sys.exit(0)
