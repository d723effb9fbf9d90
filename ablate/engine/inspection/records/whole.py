"""Hold all that was measured of a model and its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ablate.engine.inspection.records.data import Inputs, Labels, Reference
from ablate.engine.inspection.records.network import Head, Layer
from ablate.engine.inspection.records.training import Probe, Rehearsal, Steps


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """All that was measured of a model and its data.

    Attributes:
        labels, inputs: the data.
        head: output and loss.
        steps: the optimizer.
        layers: the layers before training.
        reference: ordinary classifiers on the data.
        rehearsal: a short `fit`.
        probes: experiments by name: `compiled` (few rows with the compiled optimizer), `adam` (with Adam),
            `scaled` (and with standardized inputs), `shuffled` (and with shuffled labels), `zeroed` (and with inputs of
            zeros), `free` (and without penalties, where there are some), `quiet` (and without dropout and noise).
        seconds: what the inspection took.
        unchecked: what could not be measured, with the reason.
    """

    labels: Labels
    inputs: Inputs | None
    head: Head
    steps: Steps
    layers: tuple[Layer, ...]
    reference: Reference | None
    rehearsal: Rehearsal | None
    probes: Mapping[str, Probe]
    seconds: float
    unchecked: tuple[str, ...] = ()
