"""Writing many pictures with all cores: drawing is most of a report's time, and pictures are independent.

Helpers are plain `python -m ablate.report.drawing FOLDER` processes that read their pictures from standard input, so
that nothing of the caller's own program is run again; what a helper does not finish is drawn here.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ablate.report.pictures import Picture, files

EACH = 6
"""A helper takes two seconds to start, so there must be at least so many pictures for it."""

HELPERS = 3

CLAIM = ".claim"
"""Whoever makes a picture's file of this ending draws the picture."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Started:
    """Pictures that helpers are drawing already, and the helpers."""

    pictures: tuple[Picture, ...]
    helpers: tuple[subprocess.Popen[bytes], ...]


@contextmanager
def start(pictures: Sequence[Picture], folder: Path) -> Iterator[Started]:
    """Has the pictures drawn while the block goes on; `finish`, within it, draws what is left and waits."""
    count = max(0, min(HELPERS, (os.cpu_count() or 1) - 1, len(pictures) // EACH))
    helpers = tuple(_start(folder) for _ in range(count))
    for helper in helpers:
        _send(helper, pictures)
    try:
        yield Started(pictures=tuple(pictures), helpers=helpers)
    finally:
        for helper in helpers:
            helper.kill()
            helper.wait()


def finish(started: Started, more: Sequence[Picture], folder: Path) -> None:
    """Every picture's SVG, PDF and PNG are in the folder on return.

    Raises:
        ValueError: two pictures of one name.
    """
    names = [picture.name for picture in (*started.pictures, *more)]
    if len(set(names)) < len(names):
        raise ValueError(f"Pictures must have names of their own. Received: {sorted(names)}.")
    for picture in more:
        files(picture, folder)
    _draw(started.pictures, folder)
    ended = [helper.wait() for helper in started.helpers]
    if any(ended):
        # A helper that died may have claimed a picture and not drawn it.
        for picture in started.pictures:
            files(picture, folder)
    for picture in started.pictures:
        (folder / f"{picture.name}{CLAIM}").unlink(missing_ok=True)


def _draw(pictures: Sequence[Picture], folder: Path) -> None:
    """Draws what nobody has claimed yet."""
    for picture in pictures:
        try:
            (folder / f"{picture.name}{CLAIM}").touch(exist_ok=False)
        except FileExistsError:
            continue
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
    _draw(pickle.load(sys.stdin.buffer), Path(folder))  # noqa: S301


if __name__ == "__main__":
    main(sys.argv[1])
