from __future__ import annotations

import io
import itertools

import pytest
from rich.console import Console

from ablate.runner import progress
from ablate.runner.progress import Note, Pace, Progress


def at(done: int, **states: int) -> Progress:
    return Progress(planned=3000, done=done, trained=sum(states.values()), states=states)


def test_lines_go_where_no_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    stream = io.StringIO()
    with progress.display(stream) as show:
        show(Note("Measuring."))
        for second in range(25):
            clock[0] = float(second)
            show(at(100 * second, escaped=100 * second))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Measuring."
    assert [line.split()[0] for line in lines[1:]] == ["0/3,000", "1,000/3,000", "2,000/3,000", "2,400/3,000"]
    assert "100.0/s" in lines[2]
    assert "ETA 0:20" in lines[2]


def test_lines_fit_80_columns() -> None:
    states = {"escaped": 1234, "collapsed": 567, "slow": 12, "stuck": 890, "diverged": 123, "failed": 1}
    for count in range(1, 7):
        text = progress.line(at(2827, **dict(list(states.items())[:count])), 85.25)
        assert all(len(line) <= 80 for line in text.splitlines())
        assert text.replace("\n    ", "  ").count("  ") == 3 + count


def test_the_time_left_does_not_jump_while_a_program_compiles() -> None:
    """100 trials in 10 s, nothing for 60 s: by the last half minute 100 trials would be left for ever."""
    pace, left = Pace(), []
    for second in range(1, 71):
        pace.add(float(second), 10 * min(second, 10))
        if second > 10:
            left.append(100 / pace.rate(float(second)))
    assert left[0] == pytest.approx(10.0)
    assert max(left) < 70
    assert max(later - before for before, later in itertools.pairwise(left)) == pytest.approx(1.0)
    assert Pace().rate(5.0) == 0.0


def test_unknown_times_are_not_invented() -> None:
    assert "ETA -:--" in progress.line(at(0), 0.0)
    assert "ETA 0:00" in progress.line(at(3000), 0.0)
    assert "ETA 1:00:00" in progress.line(at(0), 3000 / 3600)


@pytest.mark.parametrize(
    ("done", "trained", "programs", "untrained", "bound"),
    [
        (100, 100, 10, 9, False),  # a tenth of the trials, a tenth of the programs
        (101, 101, 10, 9, True),
        (900, 400, 10, 2, False),  # 400 of this sweep's 500 trials, 8 of its 10 programs
        (900, 400, 10, 3, True),
        (900, 400, 10, 0, False),
        (1000, 400, 10, 0, False),
    ],
)
def test_the_time_left_is_a_bound_only_if_more_is_to_be_compiled_than_the_rate_tells(
    done: int, trained: int, programs: int, untrained: int, bound: bool
) -> None:
    so_far = Progress(planned=1000, done=done, trained=trained, states={}, programs=programs, untrained=untrained)
    assert ("ETA over" in progress.line(so_far, 10.0)) == bound


def test_the_live_picture_fits_80_columns() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    console.print(progress.picture(at(1500, escaped=1000, stuck=500), 50.0, console))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1,500/3,000 trials  50.0/s  ETA 0:30" in text
    assert "escaped 1,000  stuck 500" in text
    assert len(text.splitlines()) == 2
    assert all(len(line) <= 80 for line in text.splitlines())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_the_live_picture() -> None:
    stream = Terminal()
    with progress.display(stream) as show:
        show(Note("Measuring [x]."))
        show(at(1500, escaped=1500))
    assert "Measuring [x]." in stream.getvalue()
    assert "1,500/3,000 trials" in stream.getvalue()
