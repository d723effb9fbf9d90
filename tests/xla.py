"""How XLA compiles in tests: in half the time.

What tests compare does not depend on how hard XLA optimizes. The tests of bits and of agreement in float32 train in
processes of their own, with XLA's usual settings.
"""

from __future__ import annotations

QUICK = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
