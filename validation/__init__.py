"""Simulate studies with known truth and measure what the statistics claim; `python -m validation` runs everything."""
