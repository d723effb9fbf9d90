"""Measure a compiled Keras model and its data before `fit`: plain records of numbers, without a judgement.

`inspect.inspect` measures; `records` holds what it returns. `ablate.audit` judges the records. Importing this package,
or its records, does not import TensorFlow.
"""
