"""How did the trials end?
=======================

The figure at the top of a report: the baseline, and each remedy alone.
"""

import ablate

results = ablate.load("../../results/published/rescue_collapsed")
figure = ablate.plots.glance(results)

# %%
# Every network of this study had collapsed before. The baseline goes on from there; each bar changes one thing.
# ``results.table`` counts the same by any factor, with Wilson's 95 % interval of the escape rate.

results.table(["loss"])[["loss", "n", "escaped", "stuck", "escape_rate", "low", "high", "accuracy"]]
