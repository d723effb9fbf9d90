"""What removes a cause?
=====================

The guide as data: what removes each cause of a plateau, why, and how many networks of the published studies it freed.
"""

import matplotlib.pyplot as plt

from ablate.stats import guide

rows = [row for row in guide.everything() if row.why and row.share is not None and row.phase == "anew"]
for row in rows:
    print(f"{row.cause}: {row.change}: {row.counted}\n    {row.why}")

# %%
# The shares with their 95 % intervals. Networks differ from row to row, so compare a share with 0, not with its
# neighbour.

figure, axes = plt.subplots(figsize=(8, 0.4 * len(rows) + 1), layout="constrained")
for place, row in enumerate(rows):
    axes.plot([row.low, row.high], [place, place], color="tab:blue")
    axes.plot(row.share, place, "o", color="tab:blue")
axes.set_yticks(range(len(rows)), [f"{row.cause}: {row.change}" for row in rows])
axes.invert_yaxis()
axes.set_xlim(0, 1)
axes.set_xlabel("share of networks that escaped")
