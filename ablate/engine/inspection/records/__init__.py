"""Hold what an inspection measured; the rules of `ablate.audit` read nothing else.

A number that could not be measured is None, and a record that could not be measured is None. On back ends without
gradients, a caller fills what outputs, weights and losses show, and leaves the rest None.
"""

from __future__ import annotations

from ablate.engine.inspection.records.data import Inputs as Inputs
from ablate.engine.inspection.records.data import Labels as Labels
from ablate.engine.inspection.records.data import Reference as Reference
from ablate.engine.inspection.records.network import Head as Head
from ablate.engine.inspection.records.network import Layer as Layer
from ablate.engine.inspection.records.training import Probe as Probe
from ablate.engine.inspection.records.training import Rehearsal as Rehearsal
from ablate.engine.inspection.records.training import Steps as Steps
from ablate.engine.inspection.records.whole import Inspection as Inspection
