"""Does a second study say the same?
=================================

Two studies that share settings are compared trial by trial where they share seeds too, and by unpaired rates elsewhere.
"""

import ablate

comparison = ablate.compare("../../results/published/loss", "../../results/published/rate")
print(comparison.text(rows=8))
