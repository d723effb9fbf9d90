"""Which factor matters most?
==========================

The share of the variance of escape that each factor and each pair of factors explains, by an analysis of variance.
"""

import ablate

results = ablate.load("../../results/published/optimizer")
figures = ablate.plots.importance(results)
