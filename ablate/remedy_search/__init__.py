"""Search for the remedies that are worth training, instead of crossing all of them. The only package that uses Optuna.

A search asks a sweep for trials (`searchers.Searcher` is an `ablate.runner.trial_sources.Source`) and decides by their
outcomes alone. Started again, it asks for the same trials and finds them in the store. What Optuna keeps is derived
from the store: `export` writes it to any storage for Optuna's dashboard.
"""

from __future__ import annotations
