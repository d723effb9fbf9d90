"""`wine`: 178 wines of three growers, 13 measurements of very different sizes; scikit-learn's `load_wine`.

S. Aeberhard, M. Forina (1992), Wine, UCI Machine Learning Repository.
"""

from __future__ import annotations

from ablate.core.study import Json
from ablate.tasks import _bundled
from ablate.tasks._task import Examples


def make(params: Json) -> Examples:  # noqa: ARG001  wine has no parameters
    """Read the wines."""
    return _bundled.table("wine", "wine_data.csv")
