"""Run studies from Python: `ablate.sweep`, `search`, `try_model`, `plan`, `rates`, `luck`, `load` and `compare`.

Every keyword is a factor or a key of the configs. A value fixes it; several values (a list, a range, a NumPy array, a
generator; a set is sorted) sweep a factor; a mapping with `level` is a level with other parameters. `data=(x, y)` are
arrays, with `validation=(x, y)` if you have validation rows of your own. Positional
arguments are overrides in Hydra's grammar, for everything else (`"loss.eps=1e-3"`). Workers do not run the script that
calls these functions: it needs no main guard.
"""

from __future__ import annotations

from ablate.api.reading import compare as compare
from ablate.api.reading import export as export
from ablate.api.reading import generalize as generalize
from ablate.api.reading import load as load
from ablate.api.training import luck as luck
from ablate.api.training import plan as plan
from ablate.api.training import rates as rates
from ablate.api.training import search as search
from ablate.api.training import sweep as sweep
from ablate.api.training import try_ as try_
from ablate.api.training import try_model as try_model
