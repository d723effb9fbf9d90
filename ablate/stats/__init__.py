"""From states to answers: data frames and arrays in, small frozen records out.

Every module has a numerical core on arrays and a labelled layer above it. A frame has one row a trial: factor columns
by level name, `seed`, `state`, `time` (steps at first escape, NaN if never). Seeds are shared by all settings, so they,
not the trials, are the independent units: every pooled interval is computed over seeds.
"""

from __future__ import annotations
