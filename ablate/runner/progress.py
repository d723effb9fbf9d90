"""Show how a sweep goes on: a live display in a terminal, a plain line every ten seconds anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

EVERY = 10.0
"""Seconds between two plain lines."""

COLUMNS = 80

ORDER = ("escaped", "collapsed", "slow", "unclear", "stuck", "diverged", "failed")


@dataclass(frozen=True)
class Note:
    """One sentence for the user."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a sweep is.

    Attributes:
        planned: trials asked for so far.
        done: planned trials with a result, from this sweep or an earlier one.
        trained: trials that this sweep has trained.
        states: trials that this sweep has trained, by state.
        programs: compiled programs that this sweep needs, as far as is known.
        untrained: how many of them have not trained a trial yet. Each must be compiled first.
    """

    planned: int
    done: int
    trained: int
    states: Mapping[str, int]
    programs: int = 0
    untrained: int = 0


Event = Note | Progress


@dataclass(kw_only=True)
class Pace:
    """How many trials a second a sweep trains, from its first progress until now.

    The mean of the whole sweep does not jump: a program that compiles for a minute between two stacks does not turn
    seconds that are left into an hour.

    Attributes:
        since: the time of the first progress, in seconds; None before it.
        trained: trials that this sweep has trained since.
    """

    since: float | None = None
    trained: int = 0

    def add(self, now: float, trained: int) -> None:
        """Note how many trials this sweep has trained.

        Args:
            now: the time in seconds.
            trained: trials that this sweep has trained by then.
        """
        self.since = now if self.since is None else self.since
        self.trained = trained

    def rate(self, now: float) -> float:
        """Return the trials a second; 0 while too little is known."""
        return self.trained / (now - self.since) if self.since is not None and now > self.since else 0.0


def line(progress: Progress, rate: float) -> str:
    """Describe the progress in one line, or in two if the states do not fit into 80 columns.

    Args:
        progress: how far the sweep is.
        rate: trials a second.

    Examples:
        >>> line(Progress(planned=3000, done=1500, trained=1500, states={"stuck": 500, "escaped": 1000}), 50.0)
        '1,500/3,000 trials  50%  50.0/s  ETA 0:30  escaped 1,000  stuck 500'
        >>> line(Progress(planned=224, done=96, trained=96, states={}, programs=14, untrained=12), 9.3)
        '96/224 trials  42%  9.3/s  ETA over 0:14'
        >>> line(Progress(planned=224, done=96, trained=96, states={}, programs=14, untrained=7), 9.3)
        '96/224 trials  42%  9.3/s  ETA 0:14'
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
    """Return the time left at this rate: a lower bound if a larger share of the programs is left than of the trials.

    The rate so far holds the time that compiling took. If the programs that are left have as many trials each as those
    before, it holds for them, too.
    """
    left = progress.planned - progress.done
    if left and rate <= 0:
        return "-:--"
    minutes, seconds = divmod(round(left / rate) if left else 0, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    more = progress.untrained * (left + progress.trained) > progress.programs * left
    return f"over {clock}" if more else clock


@contextmanager
def display(stream: TextIO | None = None) -> Iterator[Callable[[Event], None]]:
    """Yield a function that shows events: live in a terminal, else in plain lines; on standard output by default."""
    target = stream or sys.stdout
    with _live(target) if target.isatty() else _plain(target) as show:
        yield show


@contextmanager
def _plain(stream: TextIO) -> Iterator[Callable[[Event], None]]:
    pace, last_time, not_shown = Pace(), -EVERY, list[Progress]()

    def show_line(progress: Progress, now: float) -> None:
        nonlocal last_time
        print(line(progress, pace.rate(now)), file=stream, flush=True)
        last_time = now
        not_shown.clear()

    def show(event: Event) -> None:
        if isinstance(event, Note):
            print(event.text, file=stream, flush=True)
            return
        now = time.monotonic()
        pace.add(now, event.trained)
        not_shown[:] = [event]
        if now - last_time >= EVERY:
            show_line(event, now)

    try:
        yield show
    finally:
        if not_shown:
            show_line(not_shown[0], time.monotonic())


@contextmanager
def _live(stream: TextIO) -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.live import Live

    console = Console(file=stream)
    pace = Pace()
    with Live(console=console, refresh_per_second=4, transient=False) as live:

        def show(event: Event) -> None:
            if isinstance(event, Note):
                console.print(event.text, highlight=False, markup=False, soft_wrap=True)  # commands stay whole
                return
            now = time.monotonic()
            pace.add(now, event.trained)
            live.update(picture(event, pace.rate(now), console))

        yield show


def picture(progress: Progress, rate: float, console: Console) -> RenderableType:
    """Return a bar with figures, and a line of states below it; both fit 80 columns.

    Args:
        progress: how far the sweep is.
        rate: trials a second.
        console: the terminal, whose width the bar fits.
    """
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    figures = f"{progress.done:,}/{progress.planned:,} trials  {rate:.1f}/s  ETA {_eta(progress, rate)}"
    row = Table.grid(padding=(0, 2), expand=False)
    width = max(10, min(40, console.width - len(figures) - 4))
    row.add_row(ProgressBar(total=max(1, progress.planned), completed=progress.done, width=width), figures)
    states = "  ".join(f"{name} {count:,}" for name, count in _states(progress))
    return Group(row, Text(states or "no trial is trained yet", style="dim"))
