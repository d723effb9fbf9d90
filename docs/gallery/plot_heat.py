"""Which two factors decide?
=========================

Escape and collapse rates over the two factors whose levels differ most, from a study of learning rates.
"""

import ablate

results = ablate.load("../../results/published/rate")
figures = ablate.plots.heats(results)

# %%
# The same numbers as a table.

results.table(["learning_rate", "loss"])[["learning_rate", "loss", "n", "escape_rate", "low", "high"]]
