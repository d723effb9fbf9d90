"""Writing many pictures with all cores: drawing is most of a report's time, and pictures are independent.

Helpers are plain `python -m ablate.report.drawing FOLDER` processes that read their pictures from standard input, so
that nothing of the caller's own program is run again; what a helper does not finish is drawn here.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ablate.report.pictures import Picture, files

EACH = 6
"""A helper takes two seconds to start, so it must have at least so many pictures to draw."""

HELPERS = 3


def write(pictures: Sequence[Picture], folder: Path) -> None:
    """Every picture's SVG, PDF and PNG, by this process and as many helpers as pay off.

    Raises:
        ValueError: two pictures of one name.
    """
    names = [picture.name for picture in pictures]
    if len(set(names)) < len(names):
        raise ValueError(f"Pictures must have names of their own. Received: {sorted(names)}.")
    helpers = max(0, min(HELPERS, (os.cpu_count() or 1) - 1, len(pictures) // EACH - 1))
    parts = [pictures[place :: helpers + 1] for place in range(helpers + 1)]
    started = [(_start(folder), part) for part in parts[1:]]
    for process, part in started:
        _send(process, part)
    for picture in parts[0]:
        files(picture, folder)
    for process, part in started:
        if process.wait() != 0:
            for picture in part:
                files(picture, folder)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    package = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    words = [sys.executable, "-m", "ablate.report.drawing", str(folder)]
    environment = os.environ | {"PYTHONPATH": paths}
    return subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)  # noqa: S603


def _send(process: subprocess.Popen[bytes], part: Sequence[Picture]) -> None:
    if process.stdin is None:
        return
    try:
        with process.stdin as pipe:
            pipe.write(pickle.dumps(list(part)))
    except BrokenPipeError:
        return  # it is gone; its pictures are drawn here


def main(folder: str) -> None:
    """What a helper does: draws the pictures that its parent sends, and nothing that comes from a file."""
    for picture in pickle.load(sys.stdin.buffer):  # noqa: S301
        files(picture, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1])
