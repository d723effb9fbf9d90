"""Turn the states of trials into rates, effects, comparisons and claims.

Data frames and arrays go in, frozen records come out. In each module, functions on arrays compute, and functions on
data frames add the names. A frame has one row a trial: factor columns by level name, `seed`, `state`, `time` (steps to
the first escape, NaN if never). All settings share their seeds. So the seeds, not the trials, are the independent
units, and every pooled interval is computed over seeds.
"""

from __future__ import annotations
