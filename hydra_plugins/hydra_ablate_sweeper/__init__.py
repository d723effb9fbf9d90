"""Hydra finds its plugins only in the namespace package `hydra_plugins`; this one makes `-m` an ablate sweep."""
