"""Watch a running `fit`: say what is wrong with it, since when and why, and prove it by experiments.

`watch.Watch` is the callback; `symptoms` and `judge` are pure functions on what it saw.
"""
