"""Say how much of a study is stored: in the same words at the top of its page and at the end of the terminal."""

from __future__ import annotations

from ablate.core.study import ALL_AT_ONCE
from ablate.results.study_results import Results
from ablate.results.trial_frame import reasons


def progress(results: Results) -> str:
    """Say how many of the planned trials there are, in one sentence."""
    done, planned = len(results.trials), results.planned
    settings = results.trials.groupby(list(results.varying), observed=True).ngroups if results.varying else 1
    if planned is None:
        whole = f"{_count(done, 'trial')} {'is' if done == 1 else 'are'} here"
    elif done >= planned:
        whole = f"All {done:,} planned trials are here" if done > 1 else "The one planned trial is here"
    else:
        whole = f"{done:,} of {planned:,} planned trials are here"
    return f"{whole}: {_count(settings, 'setting')}, {_seeds(results)}."


def notes(results: Results) -> list[str]:
    """Say what a reader of the trials must know first: what is missing, and what is not part of the study."""
    sentences = []
    if not results.manifest.finished or (results.planned or 0) > len(results.trials):
        sentences.append("The study is not finished: some settings may lack seeds.")
    if results.others:
        others = (
            f"{_count(results.others, 'other trial')} stored in this folder {'is' if results.others == 1 else 'are'}"
        )
        sentences.append(f"{others} not part of the study as it was last swept: {reasons(results.left_out)}.")
    return sentences


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _seeds(results: Results) -> str:
    keys = [results.trials[name].astype(str) for name in results.varying] or [results.trials["task_hash"]]
    counts = results.trials.groupby(keys).size()
    low, high = int(counts.min()), int(counts.max())
    seeds = _count(high, "seed") if low == high else f"{low:,} to {high:,} seeds"
    kind = results.study.spending["kind"]
    return f"{seeds} a setting" + ("" if kind == ALL_AT_ONCE else f" ({kind.replace('_', ' ')})")
