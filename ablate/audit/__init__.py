"""Judge what an inspection measured: what is wrong with a model or its data, how it shows, and what repairs it.

Pure functions on the records of `ablate.engine.inspection.records`, one module for each kind of cause. The causes and
their words are those of `ablate.stats.causes`.
"""

from __future__ import annotations

from ablate.audit.expected_state import state as state
from ablate.audit.finding import Evidence as Evidence
from ablate.audit.finding import Finding as Finding
from ablate.audit.finding import Repair as Repair
from ablate.audit.rules import findings as findings
