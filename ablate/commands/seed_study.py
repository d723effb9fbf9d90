"""Train one network with many seeds, as `ablate rates` and `ablate luck` do."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from ablate import configure
from ablate.commands import study_names
from ablate.commands.exit_status import DONE, INTERRUPTED
from ablate.configure.grammar import key_of
from ablate.core import terminal
from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.runner import seed_studies

if TYPE_CHECKING:
    from ablate.report.pictures import Picture
    from ablate.results.study_results import Results


ALONE = ("design=explicit", "design.settings=[{}]", "contrasts=[]")
"""The overrides by which an experiment keeps its baseline alone."""


class Answer(Protocol):
    """What is read from the trials: words and a figure."""

    def text(self) -> str:
        """Return the answer in words."""

    def picture(self) -> Picture:
        """Return the figure, not drawn yet."""


def study_of(words: Sequence[str], kind: str) -> Study:
    """Return the study of the network that the overrides describe, with many seeds.

    Args:
        words: overrides; what they leave out is `seed_studies.DEFAULTS`.
        kind: `seed_studies.RATES` or `seed_studies.LUCK`.

    Raises:
        ConfigError: as for `configure.compose`; or a single learning rate is given for `RATES`.
    """
    given = {key_of(word) for word in words}
    if "design" in given:
        raise ConfigError(f"`ablate {kind}` must have no `design`: only the baseline is trained. Leave it out.")
    missing = [word for word in seed_studies.DEFAULTS[kind] if key_of(word) not in given]
    study = configure.compose([*words, *missing, *ALONE])
    study = replace(study, command=shlex.join(["ablate", kind, *words]))
    made = seed_studies.over_rates(study) if kind == seed_studies.RATES else seed_studies.alone(study)
    return replace(made, name=study.name) if "study" in given else made


def run(words: Sequence[str], kind: str, read: Callable[[Results], Answer]) -> int:
    """Say what it costs, train, print the answer, and write its figure beside the study's trials.

    Args:
        words: the command's words.
        kind: `seed_studies.RATES` or `seed_studies.LUCK`.
        read: makes the answer from the trials.
    """
    study = study_of(study_names.only_overrides(words), kind)
    kept = seed_studies.kept_at_baseline(study)
    if kept:
        print(f"Kept at the baseline: {', '.join(kept)}.", flush=True)
    from ablate.report import pictures
    from ablate.results import study_results
    from ablate.runner.plan import outlook
    from ablate.runner.sweep import sweep

    print(terminal.filled(outlook(study)), flush=True)
    summary = sweep(study)
    if summary.stopped:
        print(summary.text(), file=sys.stderr)
        return INTERRUPTED
    answer = read(study_results.load(summary.folder))
    print(answer.text(), end="")
    print(f"Figure: {pictures.save(answer.picture(), summary.folder)}")
    if summary.report is not None:
        print(f"Report: {summary.report / 'report.html'}")
    return DONE
