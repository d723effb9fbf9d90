"""Run `ablate diagnose`: say what can be said of a training that is over."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ablate.core.errors import ConfigError

USAGE = (
    "Give a model and its rows, `ablate diagnose model.keras data.npz`, perhaps with the figures of its epochs "
    "(`history.csv`); or these alone: `ablate diagnose history.csv classes=10`."
)


def run(arguments: argparse.Namespace) -> int:
    """Diagnose and print; the exit status is that of the diagnosis."""
    from ablate.watching import diagnosis

    places = [Path(word) for word in arguments.words if "=" not in word]
    keys = dict(word.split("=", 1) for word in arguments.words if "=" in word)
    if set(keys) - {"classes"} or not all(text.isdecimal() for text in keys.values()):
        raise ConfigError(f"`classes` must be a whole number, and the only key. {USAGE}")
    by_kind = {path.suffix: path for path in places}
    for path in places:
        if path.suffix not in (".keras", ".npz", ".csv"):
            raise ConfigError(f"{str(path)!r} must end in .keras, .npz or .csv. {USAGE}")
        if not path.is_file():
            raise ConfigError(f"There is no file {str(path)!r}. {USAGE}")
    model, data = by_kind.get(".keras"), by_kind.get(".npz")
    history = diagnosis.read_history(by_kind[".csv"]) if ".csv" in by_kind else []
    if model is not None and data is not None:
        answer = diagnosis.of_model(model, data, history)
    elif history and model is None and data is None:
        answer = diagnosis.of_figures(history, int(keys.get("classes", 0)))
    else:
        raise ConfigError(USAGE)
    print(json.dumps(answer.json(), indent=1, default=str) if arguments.json else answer.text())
    return answer.status
