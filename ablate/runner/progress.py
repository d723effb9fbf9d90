"""What a sweep says while it runs: a live display in a terminal, a plain line every ten seconds anywhere else."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

EVERY = 10.0
"""Seconds between plain lines."""

SPAN = 30.0
"""Seconds over which trials a second are averaged."""

COLUMNS = 80

ORDER = ("escaped", "collapsed", "slow", "stuck", "diverged", "failed")


@dataclass(frozen=True)
class Note:
    """One sentence for the user."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a sweep is.

    Attributes:
        planned: trials of the study.
        done: those with a result, earlier sweeps' included.
        trained: those of this sweep.
        states: trials of this sweep by state.
    """

    planned: int
    done: int
    trained: int
    states: Mapping[str, int]


Event = Note | Progress


@dataclass(kw_only=True)
class Pace:
    """Trials a second over the last half minute, from the moments at which trials were done."""

    moments: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, now: float, trained: int) -> None:
        """Takes note of how many trials this sweep has trained by now."""
        self.moments.append((now, trained))
        while len(self.moments) > 2 and now - self.moments[1][0] > SPAN:
            self.moments.popleft()

    def rate(self, now: float) -> float:
        """Trials a second; 0 as long as nothing is known."""
        if not self.moments:
            return 0.0
        (since, before), (_, trained) = self.moments[0], self.moments[-1]
        return (trained - before) / (now - since) if now > since else 0.0


def line(progress: Progress, rate: float) -> str:
    """One line, or two if the states do not fit into 80 columns.

    Examples:
        >>> line(Progress(planned=3000, done=1500, trained=1500, states={"stuck": 500, "escaped": 1000}), 50.0)
        '1,500/3,000 trials  50%  50.0/s  ETA 0:30  escaped 1,000  stuck 500'
    """
    share = f"{int(100 * progress.done / max(1, progress.planned))}%"
    head = f"{progress.done:,}/{progress.planned:,} trials  {share}  {rate:.1f}/s  ETA {_eta(progress, rate)}"
    states = "  ".join(f"{name} {count:,}" for name, count in _states(progress))
    if not states:
        return head
    return f"{head}  {states}" if len(head) + len(states) + 2 <= COLUMNS else f"{head}\n    {states}"


def _states(progress: Progress) -> list[tuple[str, int]]:
    return [(name, progress.states[name]) for name in ORDER if progress.states.get(name)]


def _eta(progress: Progress, rate: float) -> str:
    left = progress.planned - progress.done
    if left and rate <= 0:
        return "-:--"
    minutes, seconds = divmod(round(left / rate) if left else 0, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@contextmanager
def display(stream: TextIO | None = None) -> Iterator[Callable[[Event], None]]:
    """A function that shows events on the stream (standard output by default): live in a terminal, else in lines."""
    target = stream or sys.stdout
    shown = _live(target) if target.isatty() else _plain(target)
    with shown as show:
        yield show


@contextmanager
def _plain(stream: TextIO) -> Iterator[Callable[[Event], None]]:
    pace, last, unsaid = Pace(), [-EVERY], list[Progress]()

    def say(progress: Progress, now: float) -> None:
        print(line(progress, pace.rate(now)), file=stream, flush=True)
        last[0] = now
        unsaid.clear()

    def show(event: Event) -> None:
        if isinstance(event, Note):
            print(event.text, file=stream, flush=True)
            return
        now = time.monotonic()
        pace.add(now, event.trained)
        unsaid[:] = [event]
        if now - last[0] >= EVERY:
            say(event, now)

    try:
        yield show
    finally:
        if unsaid:
            say(unsaid[0], time.monotonic())


@contextmanager
def _live(stream: TextIO) -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.live import Live

    console = Console(file=stream)
    pace = Pace()
    with Live(console=console, refresh_per_second=4, transient=False) as live:

        def show(event: Event) -> None:
            if isinstance(event, Note):
                console.print(event.text, highlight=False, markup=False)
                return
            now = time.monotonic()
            pace.add(now, event.trained)
            live.update(picture(event, pace.rate(now), console))

        yield show


def picture(progress: Progress, rate: float, console: Console) -> RenderableType:
    """A bar with figures, and a line of states below; fits 80 columns."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    figures = f"{progress.done:,}/{progress.planned:,} trials  {rate:.1f}/s  ETA {_eta(progress, rate)}"
    row = Table.grid(padding=(0, 2), expand=False)
    width = max(10, min(40, console.width - len(figures) - 4))
    row.add_row(ProgressBar(total=max(1, progress.planned), completed=progress.done, width=width), figures)
    states = "  ".join(f"{name} {count:,}" for name, count in _states(progress))
    return Group(row, Text(states or "no trial of this sweep is done yet", style="dim"))
