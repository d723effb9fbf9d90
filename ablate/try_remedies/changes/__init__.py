"""Offer changes of a user's program: what may bring it off the plateau, the likeliest first."""

from __future__ import annotations

from ablate.try_remedies.changes.situation import Situation as Situation
