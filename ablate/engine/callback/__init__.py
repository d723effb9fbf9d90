"""Look into a running `fit` without changing it: rows, predictions, gradients and weights, at moments of a small cost.

`listener.Listener` is the Keras callback; `records` holds what it saw. Nothing here judges: `ablate.watching` does.
Importing this package, or its records, imports no Keras.
"""
