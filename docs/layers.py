"""Write docs/layers.md: which Keras layers train side by side, by which form, and why the others do not."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from ablate.engine import layers
from ablate.engine.layers import plain, recurrent, windows
from ablate.engine.runtime import keras

PATH = Path(__file__).with_suffix(".md")
MEASURED = PATH.parents[1] / "results" / "published" / "bench" / "many.csv"

HEAD = """# Which Keras layers train side by side

`ablate try`, `model=` and `ablate.fit_many` train models of equal shapes side by side, many in one compiled program. A
model with a layer that has no form for many slots is trained alone. A test compares each layer of the first table with
Keras in float64: outputs, penalties, gradients, states and random numbers (`tests/engine/layers/`).

`python docs/layers.py` writes this page from `ablate/engine/layers/`.

"""

GAIN = """
## What it gains

Sixteen models train side by side, against one after another under `fit` at its best (`python -m benchmarks.many`; two
cores, 32 rows a batch). An input has 16 times, 16 token ids, 8 x 8 pixels or 64 numbers. Microseconds are of a step of
one model, without compiling. The last column is what the first call of a program takes. Later calls find the program
on the disk.

| layers | side by side | `fit` | gain | lowest to highest of three | first call |
| --- | --- | --- | --- | --- | --- |
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
    return "".join([*lines, GAIN, *_gains()])


def _gains() -> Iterator[str]:
    """Yield a line of the table of gains for each network that was measured."""
    with MEASURED.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            times = f"{int(row['us_a_step']):,} us | {int(row['keras_us_a_step']):,} us"
            spread = f"{row['ratio_low']}x to {row['ratio_high']}x"
            yield f"| {row['network']} | {times} | {row['ratio']}x | {spread} | {row['first_call_s']} s |\n"


def _keras_layers() -> set[str]:
    """Return the names of Keras' layers as a model's config has them; some classes have another name, and some two."""
    classes = {name: value for name, value in vars(keras.layers).items() if isinstance(value, type)}
    layers_of_keras = {name: value for name, value in classes.items() if issubclass(value, keras.layers.Layer)}
    return {value.__name__ if value.__name__ in classes else name for name, value in layers_of_keras.items()}


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
    sys.exit(0)
