"""Search: the remedies that are worth training, asked for as results come, instead of all of them crossed.

The only package that knows Optuna. The store stays the truth: a search asks a sweep for trials (`searchers.Searcher` is
an `ablate.runner.trial_sources.Source`), decides by their outcomes alone, and so, started again, asks for the same
trials and finds them there. What Optuna keeps is derived: `export` writes it to any storage for its dashboard.
"""

from __future__ import annotations
