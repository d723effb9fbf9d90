"""`breast_cancer`: 569 tumours, benign or malignant, 30 measurements; scikit-learn's `load_breast_cancer`.

W. Wolberg, O. Mangasarian, N. Street, W. Street (1993), Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning
Repository.
"""

from __future__ import annotations

from ablate.core.study import Json
from ablate.tasks import _bundled
from ablate.tasks._task import Examples


def make(params: Json) -> Examples:  # noqa: ARG001  breast_cancer has no parameters
    """Read the tumours."""
    return _bundled.table("breast_cancer", "breast_cancer.csv")
