from __future__ import annotations

import pickle
import subprocess
import sys

from ablate.runner import training_backend


def test_workers_find_its_functions_by_name() -> None:
    backend = training_backend.package_engine()
    assert pickle.loads(pickle.dumps(backend)) == backend  # noqa: S301 - our own bytes


def test_the_parent_imports_no_tensorflow() -> None:
    code = (
        "import sys; from ablate.runner import training_backend; training_backend.package_engine(); "
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
