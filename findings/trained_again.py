"""`python -m findings.trained_again REVISION`: compare the published studies with those of an older revision.

Studies are trained again when the engine, the states or the level of chance change. This writes which trials and
which verdicts came out otherwise, to results/published/validation/trained_again.csv and trained_again_verdicts.csv.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ablate.report.text_escaping import markdown
from findings import published, text
from findings.published import Comparison, Published

ROOT = Path(__file__).parents[1]
PUBLISHED, EXPERIMENTS = ROOT / "results" / "published", ROOT / "experiments"
TRIALS, VERDICTS = "trained_again.csv", "trained_again_verdicts.csv"

CLOSE = 1e-6
"""Accuracies that differ by less are equal."""


def trials(study: str, before: pd.DataFrame, after: pd.DataFrame) -> dict[str, object]:
    """Count the trials of a study that ended in another state than before.

    Args:
        study: its name.
        before: the older published trials.
        after: the newer ones; trials are matched by levels and seed.

    Returns:
        `study`; `trials`, matched ones; `other_state`; `by_rule`, those of them whose last and best accuracies are the
        same, so that only the rules of the states or the level of chance can have changed them; `by_arithmetic`, the
        rest; `escaped_before`, `escaped_now`.
    """
    keys = [name for name in before.columns[1 : list(before.columns).index("seed") + 1] if name in after]
    one, two = (frame.assign(**{name: frame[name].astype(str) for name in keys}) for frame in (before, after))
    values = ["state", "final_accuracy", "best_accuracy"]
    both = one[[*keys, *values]].merge(two[[*keys, *values]], on=keys, suffixes=("", "_now"))
    other = both["state"] != both["state_now"]
    gaps = [(both[name] - both[f"{name}_now"]).abs().fillna(0.0) < CLOSE for name in values[1:]]
    same = gaps[0] & gaps[1]
    return {
        "study": study,
        "trials": len(both),
        "other_state": int(other.sum()),
        "by_rule": int((other & same).sum()),
        "by_arithmetic": int((other & ~same).sum()),
        "escaped_before": int((both["state"] == "escaped").sum()),
        "escaped_now": int((both["state_now"] == "escaped").sum()),
    }


def verdicts(before: Published, after: Published) -> Iterator[dict[str, object]]:
    """Yield the predictions of a study whose outcome is another one than before.

    Args:
        before: the older published study.
        after: the newer one.
    """
    old = dict(_places(before))
    for key, comparison in _places(after):
        known = old.get(key)
        if comparison.expect and known is not None and known.verdict.outcome != comparison.verdict.outcome:
            yield {
                "study": after.name,
                "claim": key[0],
                "place": key[1],
                "predicted": text.EXPECTED[comparison.expect],
                "before": known.verdict.outcome,
                "size_before": text.size_text(known.size),
                "now": comparison.verdict.outcome,
                "size_now": text.size_text(comparison.size),
            }


def _places(study: Published) -> Iterator[tuple[tuple[str, str], Comparison]]:
    for comparison in study.comparisons:
        yield (comparison.question, ", ".join(comparison.parts)), comparison


def page(results: Path) -> str:
    """Return the paragraph and tables for docs/findings.md; empty if no comparison was published.

    Args:
        results: the folder of published results.
    """
    file = results / "validation" / TRIALS
    if not file.is_file():
        return ""
    counts, changed = pd.read_csv(file), pd.read_csv(results / "validation" / VERDICTS)
    total, other, ruled = (int(counts[name].sum()) for name in ("trials", "other_state", "by_rule"))
    lead = (
        f"Engine, states and level of chance have changed. {len(counts)} studies were trained again since; other "
        f"pages show the older trials. Of {total:,} trials {other:,} ended in another state. "
        f"{ruled:,} of them reached the same accuracies as before, so only the rules of the states or the level of "
        f"chance can have changed them. The other {other - ruled:,} reached other accuracies: "
        f"the arithmetic or the processor differs. Intervals over several settings are wider than before, because they "
        f"take the seed as the unit. By all this, {len(changed) or 'no'} predictions have another outcome:\n"
    )
    rows = [
        tuple(markdown(row[name]) for name in ("study", "claim", "place", "predicted", "before", "now", "size_now"))
        for row in changed.astype(str).to_dict("records")
    ]
    heads = ("study", "claim", "where", "predicted", "before", "now", "size now")
    studies = [tuple(markdown(str(value)) for value in row) for row in counts.itertuples(index=False)]
    words = ("study", "trials", "other state", "same accuracies", "other accuracies", "escaped before", "escaped now")
    return "\n".join([lead, text.table(heads, rows) if rows else "", text.table(words, studies)])


def main(revision: str) -> int:
    """Write both tables and return the exit status."""
    with tempfile.TemporaryDirectory(prefix="ablate-before-") as folder:
        archive = subprocess.run(  # noqa: S603
            ["git", "archive", revision, "results/published"],  # noqa: S607
            cwd=ROOT, check=True, capture_output=True,
        ).stdout  # fmt: skip
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)  # noqa: S603, S607
        old = Path(folder) / "results" / "published"
        counts: list[dict[str, object]] = []
        changed: list[dict[str, object]] = []
        for name in published.names(PUBLISHED):
            if name not in published.names(old) or _semantics(old / name) == _semantics(PUBLISHED / name):
                continue
            frames = [published.frame(results / name, "trials.parquet") for results in (old, PUBLISHED)]
            if frames[0] is not None and frames[1] is not None:
                counts.append(trials(name, frames[0], frames[1]))
            studies = [published.study(results, EXPERIMENTS, name) for results in (old, PUBLISHED)]
            changed += verdicts(*studies)
    heads = ["study", "claim", "place", "predicted", "before", "size_before", "now", "size_now"]
    pd.DataFrame(counts).to_csv(PUBLISHED / "validation" / TRIALS, index=False)
    pd.DataFrame(changed, columns=heads).to_csv(PUBLISHED / "validation" / VERDICTS, index=False)
    return 0


def _semantics(study: Path) -> int:
    record = json.loads((study / "report" / "manifest.json").read_text(encoding="utf-8"))
    return int(record["semantics"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
