"""Hold the texts of the command line's help: what each command does, an example, and what its words are."""

from __future__ import annotations

from dataclasses import dataclass

OVERRIDES = """\
Overrides have Hydra's grammar:
  loss=clipped,fused            several levels: the factor is swept
  width=64                      one level: the factor is fixed
  'activation=glob(*)'          every level; 'seed=range(20)' lists numbers
  loss.eps=1e-3,1e-7            a parameter of a level
  experiment=blog               a study that comes with the package
  design=one_at_a_time          which settings are run (default: full)
  task=npz path=my.npz          your own arrays
  study=NAME results_dir=PATH   where the results go: PATH/NAME
Quote an override with characters that your shell would change, such as ( and *.
`ablate list` names all studies, factors and levels.
"""

SEARCH = """\

How to search:
  'search.factors=[loss,width]' the factors to search; the others stay fixed
  search.sampler=TPESampler     any sampler of Optuna
"""

TRY = """\
The rows: a csv file (label=COLUMN), an npz file with `x` and `y` (and `x_val`,
`y_val`), or my_script.py:make_data, a function that returns (x, y),
((x, y), (x_val, y_val)) or a tf.data.Dataset.
How your program calls fit: epochs=20 batch_size=32 validation_split=0.2
How it is tried:
  minutes=10                    the most time for all of it
  seeds=5                       fresh seeds that confirm the answer
  backend=jax                   the back end that your program is written for
  workers=0                     processes (0: one per core)

With the words of a study, each remedy is trained alone, all together, and all
but one: model=my_package:make_model task=npz path=my.npz steps=400
results_dir=PATH (default: results).

Exit status: 0 it learns; 1 it does not, and a way out was found; 2 it cannot be
used as asked; 3 no way out was found; 130 interrupted.
"""

SEEDS = """\

Your own Keras model and data: model=my_package:make_model task=npz path=my.npz
'seed=range(16)' trains fewer seeds. Other factors stay at the baseline.
"""

DIAGNOSE = """\
The figures alone, history.csv, tell what happened and no cause: add classes=10.
While a training runs, `ablate.Watch` sees more: callbacks=[ablate.Watch()].

Exit status: 0 nothing is wrong; 1 something is, and its cause is known; 3 its
cause is not known; 2 a file cannot be used as asked.
"""

PLACE = """\
results_dir=PATH says where the results are (default: results).
`ablate list studies` names the studies with results.
"""

STATUSES = """\
Exit status: 0 done; 1 a trial trained again does not repeat its record;
2 something cannot be used as asked, and the message says why; 130 interrupted.
"""

STUDY = "the study's name, path or address; or the overrides it was swept with"


@dataclass(frozen=True, kw_only=True)
class Command:
    """The texts of a command's help.

    Attributes:
        summary: what it does, beginning with a verb in small letters.
        example: a whole command line.
        words: what its words are.
        notes: the text at the end of the help.
    """

    summary: str
    example: str
    words: str = "an override"
    notes: str = OVERRIDES


COMMANDS = {
    "plan": Command(
        summary="print what a sweep would train, how long it takes, what its comparisons can show, and whether the "
        "data can be a task",
        example="ablate plan experiment=blog",
    ),
    "sweep": Command(
        summary="train every trial of a study that has no result yet, then write the report",
        example="ablate sweep task=digits loss=clipped,fused learning_rate=1e-3,3e-2",
    ),
    "search": Command(
        summary="find the smallest sufficient set of remedies without training every setting",
        example="ablate search experiment=blog search.trials=2000",
        notes=OVERRIDES + SEARCH,
    ),
    "try": Command(
        summary="find out why your own Keras model stays at chance, and what gets it off",
        example="ablate try my_script.py:make_model data.csv epochs=20",
        words="the function that builds the model, the rows, perhaps validation rows; then KEY=VALUE",
        notes=TRY,
    ),
    "rates": Command(
        summary="train one network at many learning rates, 64 seeds each: where it escapes, collapses, and is stable",
        example="ablate rates loss=clipped width=128 learning_rate=1e-3,1e-2,1e-1",
        notes=OVERRIDES + SEEDS,
    ),
    "luck": Command(
        summary="train one network with 64 seeds: how often it ends at chance, and whether that is luck",
        example="ablate luck loss=clipped width=128 learning_rate=0.05",
        notes=OVERRIDES + SEEDS,
    ),
    "diagnose": Command(
        summary="say what can be said of a training that is over, and what cannot",
        example="ablate diagnose model.keras data.npz history.csv",
        words="a model that `model.save` wrote, an npz file with `x` and `y`, a csv file with a row an epoch",
        notes=DIAGNOSE,
    ),
    "report": Command(
        summary="write results/STUDY/report again from the stored trials",
        example="ablate report blog --formats pdf,tex",
        words=STUDY,
        notes=PLACE,
    ),
    "show": Command(
        summary="print one trial: how it ended, its setting, its curves, and the commands that repeat it",
        example="ablate show 3f2a9c0d11e84b57 --rerun",
        words="the trial's id or its first digits; study=NAME says in which study to look",
        notes=PLACE,
    ),
    "list": Command(
        summary="list the studies, factors, levels and documents",
        example="ablate list levels",
        words="studies, factors, levels, documents, or a factor's name; default: all",
        notes=PLACE,
    ),
    "table": Command(
        summary="print a table of settings, or of groups of settings: trials by state, escape rate with its interval, "
        "median time",
        example="ablate table blog --by loss learning_rate --format md",
        words=STUDY,
        notes=PLACE,
    ),
    "compare": Command(
        summary="print what changed beyond noise between two studies, or between two results of one study; equal "
        "settings are paired by seed, or compared unpaired if no seed is shared",
        example="ablate compare blog other/results/blog",
        words="two studies, by name, path or address",
        notes=PLACE,
    ),
    "generalize": Command(
        summary="print what each remedy is worth over the tasks of some studies, and what to expect on a new task",
        example="ablate generalize loss activation normalization",
        words="studies, by name, path or address",
        notes=PLACE,
    ),
    "export": Command(
        summary="write a study as the parts of a paper: methods, figure, tables, BibTeX and a filled checklist, in "
        "LaTeX",
        example="ablate export blog --paper",
        words=STUDY,
        notes=PLACE,
    ),
    "watch": Command(
        summary="serve a study's page on this machine while its sweep runs",
        example="ablate watch blog",
        words=STUDY,
        notes=PLACE,
    ),
}
