"""Decide when to look: often at the beginning, then so that looking costs a small share of the training."""

from __future__ import annotations

FREE = 1.5
"""Seconds of looking that every `fit` gets: the share of a short training would be less than a few looks."""

GROWTH = 1.15
"""From one look to the next, the number of steps grows by this factor while looks are cheap."""

STEP_SHARE = 0.005
"""Share of the training that may be spent on steps that are not looked at."""

MOST_STEPS = 64
"""The loss is read after so many steps at the latest, so that a step that is not finite is known to so many steps."""


ALARM = 5
"""So many looks are made whatever they cost when the loss rises to that of guessing: fewer would be no proof."""

ALARMS = 3
"""A `fit` has so many alarms at most, so that a loss that jumps up and down costs little."""


class Pace:
    """Count what looking costs, and say when the next look is due.

    Attributes:
        cost: the share of the training time that looks may take.
        looking, finding, steps: seconds spent on looks, on finding causes, and on other steps.
        every: after so many steps the loss is read.
        urgent: looks that are made whatever they cost.
        alarms: alarms that are left.
    """

    def __init__(self, cost: float) -> None:
        self.cost, self.looking, self.finding, self.steps = cost, 0.0, 0.0, 0.0
        self.every, self.next, self.longest = 1, 1, 0.0
        self.urgent, self.alarms = 0, ALARMS

    def looked(self, step: int, seconds: float, gap: int, *, fixed: bool = False) -> None:
        """Note a look and plan the next one.

        Args:
            step: steps before it.
            seconds: what it took; 0 for the first, which also compiles and belongs to the beginning.
            gap: steps to the next look at most.
            fixed: whether the next look is exactly so many steps away.
        """
        self.looking += seconds
        self.urgent = max(0, self.urgent - 1)
        self.longest = max(0.7 * self.longest, seconds)
        self.next = step + (gap if fixed else min(max(1, round((GROWTH - 1) * step)), max(1, gap)))

    def due(self, step: int, passed: float) -> bool:
        """Return whether to look before this step.

        Args:
            step: steps before now.
            passed: seconds since `fit` began.
        """
        return step >= self.next and self.affords(passed)

    def alarm(self, step: int) -> None:
        """Ask for looks at once.

        Args:
            step: steps before now.
        """
        if self.alarms and not self.urgent:
            self.urgent, self.alarms, self.next = ALARM, self.alarms - 1, step

    def affords(self, passed: float) -> bool:
        """Return whether one more look stays within the cost, or is urgent.

        Args:
            passed: seconds since `fit` began.
        """
        return self.urgent > 0 or self.looking + self.steps + self.longest <= max(FREE, self.cost * passed)

    def read(self, passed: float) -> None:
        """Choose how often the loss is read: less often while steps cost more than their share.

        Args:
            passed: seconds since the first step.

        Examples:
            >>> pace = Pace(0.03)
            >>> pace.steps = 1.0
            >>> pace.read(10.0)
            >>> pace.every
            2
        """
        dear = self.steps > STEP_SHARE * passed
        self.every = min(2 * self.every, MOST_STEPS) if dear else max(1, self.every // 2)
