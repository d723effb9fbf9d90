"""Simulations that measure what the statistics claim; `python -m validation` runs them all."""
