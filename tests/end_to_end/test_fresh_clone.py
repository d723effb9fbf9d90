"""A newcomer's study in a fresh clone changes no file under version control, and hides no published result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = ("experiment=blog", "design=explicit", "design.settings=[{}]", "seed=0", "steps=20", "looks=2", "contrasts=[]",
         "workers=1")  # fmt: skip


def run(*words: str, cwd: Path) -> str:
    """Run a command in the clone, on the clone's own code; return what it prints."""
    here = {**os.environ, "PYTHONPATH": str(cwd)}
    done = subprocess.run(words, cwd=cwd, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="needs a checkout")
def test_a_study_of_ones_own_leaves_the_clone_clean_and_the_published_results_alone(tmp_path: Path) -> None:
    clone, ablate = tmp_path / "clone", (sys.executable, "-m", "ablate.commands.main")
    words = ["git", "clone", "--quiet", str(ROOT), str(clone)]
    cloned = subprocess.run(words, capture_output=True, text=True, check=False)
    if cloned.returncode:
        pytest.skip(f"this checkout cannot be cloned: {cloned.stderr.strip()}")
    before = run(*ablate, "table", "blog", "--format", "csv", cwd=clone)
    assert before.count("\n") > 100
    run(*ablate, "sweep", *WORDS, cwd=clone)
    assert (clone / "results" / "blog" / "report" / "report.html").is_file()
    assert run("git", "status", "--porcelain", cwd=clone) == ""
    assert run(*ablate, "table", "blog", "--format", "csv", cwd=clone).count("\n") == 2
    shutil.rmtree(clone / "results" / "blog")
    assert run(*ablate, "table", "blog", "--format", "csv", cwd=clone) == before
