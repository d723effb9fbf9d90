"""What is a change worth?
=======================

Paired differences of escape rates: the same seeds with and without the change, each with its interval. Declared
comparisons stand first, then every level against the baseline.
"""

import ablate

results = ablate.load("../../results/published/normalization")
figures = ablate.plots.effects(results)
