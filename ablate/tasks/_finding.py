"""What a check tells a user about data or a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a user should know about a task or model.

    Attributes:
        severity: `error` (the data cannot answer the question), `warning` (answers may mislead) or `note`.
        what: what was found, with figures.
        advice: what the user can do about it.
    """

    severity: Literal["error", "warning", "note"]
    what: str
    advice: str
