"""The rest of each command's help: a second example, its own keys with their values, and where more stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STUDY_KEYS = """\
Keys of a study, with their values if left out:
  seed=range(20)                seeds of every setting
  seeds=fixed                   or sequential, topped_up: more where undecided
  steps=400 looks=25            training steps, evaluations
  design=full                   or one_at_a_time, pairs, leave_one_out
  results_dir=results           the folder of all studies
"""

RUN_KEYS = """\
How it runs:
  workers=0                     processes; 0 is one per core
  executor=local                or ray, slurm
  part=1/1                      which part of the seeds is trained
  fail_fast=false               stop at the first failed trial
  retry_failed=false            train failed trials again
"""

SEARCH_KEYS = """\
Keys of a search, with their values if left out:
  search.trials=4000            the most trials
  search.target=0.8             the escape rate that is enough
  search.sampler=auto           or a class of Optuna
  search.confirm=40             fresh seeds that confirm a set
"""

STUDY_KEY = """\
Its key, with its value if left out:
  results_dir=results           the folder of all studies
"""


@dataclass(frozen=True, kw_only=True)
class HelpPage:
    """What a command's help says beside its summary.

    Attributes:
        example: a second whole command line.
        keys: its keys with their values.
        more: the document that says more, by its path in docs/.
    """

    example: str
    keys: str = STUDY_KEY
    more: str = "glossary.md"


PAGES: Mapping[str, HelpPage] = {
    "plan": HelpPage(
        example="ablate plan loss=clipped,fused width=32,256 steps=800",
        keys=STUDY_KEYS,
        more="tutorials/first_ablation.md",
    ),
    "sweep": HelpPage(
        example="ablate sweep experiment=blog part=1/4",
        keys=STUDY_KEYS + RUN_KEYS,
        more="tutorials/first_ablation.md",
    ),
    "search": HelpPage(
        example="ablate search 'loss=glob(*)' width=32,64,256 study=widths",
        keys=SEARCH_KEYS + RUN_KEYS,
        more="how_to/search.md",
    ),
    "try": HelpPage(
        example="ablate try model=my_package:make_model task=npz path=my.npz steps=400",
        keys="",
        more="how_to/my_model.md",
    ),
    "rates": HelpPage(
        example="ablate rates model=my_package:make_model task=npz path=my.npz",
        keys=RUN_KEYS,
        more="how_to/seeds.md",
    ),
    "luck": HelpPage(
        example="ablate luck model=my_package:make_model task=npz path=my.npz",
        keys=RUN_KEYS,
        more="how_to/seeds.md",
    ),
    "generalize": HelpPage(example="ablate generalize loss rate width", more="explanation/statistics.md"),
    "export": HelpPage(example="ablate export mine --paper", more="how_to/paper.md"),
    "diagnose": HelpPage(example="ablate diagnose history.csv classes=10", keys="", more="watch.md"),
    "report": HelpPage(example="ablate report blog --formats svg", more="report.md"),
    "show": HelpPage(example="ablate show 3f2a9c0d11e84b57 study=blog", more="reference/words.md"),
    "list": HelpPage(example="ablate list loss", more="reference/config.md"),
    "table": HelpPage(example="ablate table blog --by loss", more="how_to/paper.md"),
    "compare": HelpPage(example="ablate compare folklore folklore_blobs", more="explanation/pairing.md"),
    "watch": HelpPage(example="ablate watch mine results_dir=results", more="report.md"),
}
"""Command -> the rest of its help."""


def epilog(name: str, example: str, notes: str) -> str:
    """Return the text at the end of a command's help.

    Args:
        name: the command; one without a page has its example and notes alone.
        example: its first example.
        notes: what its words mean.
    """
    page = PAGES.get(name)
    if page is None:
        return f"Example: {example}\n\n{notes}"
    keys = f"{page.keys}\n" if page.keys else ""
    return f"Example: {example}\n         {page.example}\n\n{keys}{notes}\nMore: docs/{page.more}\n"
