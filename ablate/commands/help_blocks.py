"""Hold the blocks of text that the help of several commands shares: overrides, keys with their values, statuses."""

from __future__ import annotations

EXAMPLES = """\
Example: ablate sweep experiment=blog
         ablate try my_script.py:make_model data.csv epochs=20
"""

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

ONE_NETWORK = """\
The network, in Hydra's grammar; of a list of levels the baseline alone is kept:
  loss=clipped width=64         its levels
  loss.eps=1e-3                 a parameter of a level
  experiment=blog               the baseline of a study
  task=npz path=my.npz          your own arrays
  study=NAME results_dir=PATH   where the results go: PATH/NAME
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

If left out: 'seed=range(64)' steps=400 looks=25. Other factors stay at the
baseline.
"""

RATES = """\
learning_rate=0.01,0.1 lists the rates; learning_rate=0.01 alone is refused.
Without learning_rate= there are 11 rates from 1e-5 to 1, so 704 trials.
"""

DIAGNOSE = """\
The figures alone, history.csv, tell what happened and no cause: add classes=10.
While a training runs, `ablate.Watch` sees more: callbacks=[ablate.Watch()].

Exit status: 0 nothing is wrong; 1 something is, and its cause is known; 3 its
cause is not known; 2 a file cannot be used as asked.
"""

PLACE = """\
`ablate list studies` names the studies with results.
"""

COMPARE = """\
The page lies beside the second study's report:
results/SECOND/compare-FIRST/report.html, also if that study is published.
"""

STATUSES = """\
Exit status: 0 done; 1 a trial trained again does not repeat its record;
2 something cannot be used as asked, and the message says why; 130 interrupted.
"""

STUDY = "the study's name, path or address; or the overrides it was swept with"

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
