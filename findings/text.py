"""Write the studies' findings as pages of Markdown, one a study; every number comes from a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ablate.report.text_escaping import markdown
from ablate.stats.contrasts import tango
from findings import published, verdicts
from findings.published import Claim, Comparison, Published, Size

HEAD = """# Findings

![What is seen of a network at 1/N, what one thing is changed, and the share that escapes](findings.svg)

`python -m findings` writes this page from the reports in `results/published/`; no number is typed by hand. What to try
first on your own network is in [guide.md](guide.md), its numbers in [the guide in detail](findings/guide_detail.md).
Each study declares in `experiments/`, before it runs, what it compares, at which levels of other factors, and what it
predicts. The outcome is escape: accuracy above chance at three evaluations in a row, and at the end with at least half
of what it had held for three evaluations. The end is the median of the last three.

**How a verdict is reached.** A size is the difference in escape rates between two levels on the same seeds, with its
95 % interval. It is counted over all pairs of trials that have the levels named under *where*.
Levels joined by `|` are pooled; each pair counts once. A difference is *shown* if its interval excludes 0 and its
p-value is below {alpha:g} after Holm's correction. The correction is over the study's declared comparisons of trials
that start alike: from fresh weights, or from one kind of trap. A difference is *relevant* if it is {margin:.2f} or
more.

- If **more** escape was predicted: the prediction came true if more escape is shown. It failed if less is shown, or
  if the whole interval lies below +{margin:.2f}. Otherwise it is not decided. *Less* is judged the same way round.
- If **no difference** was predicted: the prediction came true if the whole interval lies within ±{margin:.2f}. It
  failed if a difference is shown and the interval does not lie within ±{margin:.2f}. Otherwise it is not decided.

That no difference is shown is no evidence of equality. If none of {pairs} pairs differs, the interval is still
±{width:.2f}; it takes at least {enough} seeds to show equality at this margin. Nor can {pairs} seeds show a smaller
difference over several settings than that, even if it has the same sign in every seed. *Equal* can mean that neither
level ever escapes, or that both always do: the counts stand beside each size. Intervals are not corrected for their
number, nor for several analyses of one study ([what a correction would change](#how-far-to-trust-them)).

A mean over many settings is not what one change does to the baseline, because many of these settings hold another
remedy, too. Where both are known and differ, the second stands beside the size, after *alone*.

A mean can hide opposite effects. So, for a size over several settings, the page names the other factor by which the
difference varies most, if the differences at its levels are 0.1 or more apart. Then these differences are the finding,
not their mean.

**Where networks start.** *Prevention* trains from fresh weights. *Rescue* continues from a trap. `saturated` raises
one bias of the output by 20, so that one class has all the probability. `dead` lowers the biases of the hidden layers
by 10. `symmetric` makes each hidden unit a copy of the first. These three traps are set in fresh weights or, if the
name ends in `_trained`, after 100 steps of a *first phase* under the baseline. `collapsed` continues from the weights
after 400 steps of the baseline, where the network fell back to chance by itself; networks that never left chance
(*first phase: stuck*) are a group of their own. A network may end its first phase above chance: it escaped, or it
fell only in part. Such a network is not compared. The optimizer always starts anew.

*holds* means that the prediction came true; the prediction may have been *no difference*. *holds only where* names
the places at which it came true; at the other places it failed. Sizes stand in the order in which the verdict names
their places. If a study predicted nothing, the verdict is what was found. A few predictions repeat the result of an
earlier study; the files in `experiments/` say so.
"""

EXPECTED: Mapping[str, str] = {
    "more": "more escape",
    "less": "less escape",
    "same": "no difference",
    "": "no prediction",
}
"""Prediction -> its words on the page."""

ALONE = (
    "A *size* is a mean over all settings of the study that it names, and many of these hold another remedy, too. *At "
    "the baseline* is what the one change does alone: what you would see. A dash means that the report does not have "
    "it. Brackets behind a size name the factor by which it varies most, with the size at each of its levels. "
    "The verdict judges the size.\n"
)
"""How to read the two columns of differences."""


EXAMPLE = 20
"""Number of seeds of the smallest studies."""


def page(studies: Sequence[Published], tables: Mapping[str, str], asides: Iterable[str] = ()) -> str:
    """Return docs/findings.md: the rule of verdicts, and every claim with its verdict.

    Args:
        studies: the published studies.
        tables: study -> its tables as Markdown (`findings.tables`); studies without comparisons show theirs here.
        asides: paragraphs about all studies; empty ones are left out.
    """
    known = {study.name for study in studies}
    missing = [name for name in published.ORDER if name not in known]
    enough = next(pairs for pairs in range(1, 10_000) if tango(0, 0, pairs)[1] < verdicts.MARGIN)
    parts = [
        HEAD.format(
            alpha=verdicts.ALPHA, margin=verdicts.MARGIN, pairs=EXAMPLE, width=tango(0, 0, EXAMPLE)[1], enough=enough
        ),
        f"## Verdicts\n\n{_count(studies)}",
        table(
            ("claim", "predicted", "verdict", "size [95 % interval]", "pairs (seeds)", "study"),
            (_summary(study, claim) for study in studies for claim in study.claims),
        ),
    ]
    if said := list(filter(None, asides)):
        parts.append("\n".join(["## How far to trust them\n", *said]))
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        parts.append(f"Declared, but without published comparisons (not run, or too few seeds): {names}.\n")
    parts += [f"## {name}\n\nToo few seeds for comparisons.\n\n{tables[name]}" for name in missing if name in tables]
    return "\n".join(parts)


def study_page(study: Published, tables: str = "") -> str:
    """Return a study's page: its question, its claims place by place, the predictions that failed, its tables.

    Args:
        study: the published study.
        tables: its tables as Markdown.
    """
    link = f"[report](../../results/published/{study.name}/report/report.html)"
    rows = (row for claim in study.claims for row in _rows(claim, link))
    head = (
        *("claim", "where", "predicted", "verdict", "size [95 % interval]", "at the baseline", "escaped"),
        *("pairs (seeds)", "link"),
    )
    body = f"{ALONE}\n{table(head, rows)}" if study.claims else f"No comparison was declared: {link}.\n"
    whole = f"# {study.name}\n\n{study.question}\n\n{body}\n{_failures(study)}"
    return f"{whole}\n{tables}" if tables else whole


def size_text(size: Size | None) -> str:
    """Return a difference with its interval, signed; a dash if there is none.

    Examples:
        >>> size_text(Size(estimate=-0.5, low=-0.7, high=-0.3, adjusted_p=0.01, pairs=20, seeds=20))
        '-0.50 [-0.70, -0.30]'
    """
    return "-" if size is None else f"{_signed(size.estimate)} [{_signed(size.low)}, {_signed(size.high)}]"


def _signed(value: float) -> str:
    """Return a number with two decimals, or with three where two would round it to 0 or to the margin.

    Examples:
        >>> _signed(0.5), _signed(-0.0026), _signed(0.0), _signed(0.0991)
        ('+0.50', '-0.003', '0.00', '+0.099')
    """
    if value == 0:
        return "0.00"
    at_margin = round(abs(value), 2) == verdicts.MARGIN and abs(value) != verdicts.MARGIN
    return f"{value:+.3f}" if abs(value) < 0.005 or at_margin else f"{value:+.2f}"


def _pairs(size: Size | None) -> str:
    return "0" if size is None else f"{size.pairs} ({size.seeds})"


def _with_parts(size: Size | None) -> str:
    """Return a difference with its interval and, if it varies by another factor, the differences at its levels."""
    return size_text(size) if size is None or not size.parts else f"{size_text(size)} ({markdown(size.parts)})"


def _alone(comparison: Comparison) -> str:
    """Return what the one change does at the baseline; a dash if the report does not have it."""
    alone = comparison.alone
    if alone is None:
        return "-"
    return "the same" if alone == comparison.size else f"{size_text(alone)}, {_escaped(alone)}"


def _beside(comparison: Comparison) -> str:
    """Return what the one change does at the baseline, as an addition to a size that differs from it."""
    alone = _alone(comparison)
    return "" if alone in ("-", "the same") else f", alone {alone}"


def _escaped(size: Size | None) -> str:
    """Return how many trials escaped with the level, and with the other one."""
    if size is None or size.counts is None:
        return "-"
    level, against = size.counts
    return f"{level:,} and {against:,} of {size.pairs:,}"


def _summary(study: Published, claim: Claim) -> tuple[str, ...]:
    """Return a claim's row, its sizes in the order in which the verdict names their places."""
    comparisons = sorted(
        (comparison for _, comparison in claim.places), key=lambda one: verdicts.NAMED.index(one.verdict.outcome)
    )
    link = f"[{study.name}](findings/{study.name}.md)"
    predicted = dict.fromkeys(EXPECTED[comparison.expect] for comparison in comparisons)
    pairs = dict.fromkeys(_pairs(comparison.size) for comparison in comparisons)
    sizes = (_with_parts(comparison.size) + _beside(comparison) for comparison in comparisons)
    cells = ("; ".join(predicted), markdown(claim.verdict), "; ".join(sizes), "; ".join(pairs), link)
    return markdown(claim.question), *cells


def _rows(claim: Claim, link: str) -> Iterable[tuple[str, ...]]:
    for number, (_, comparison) in enumerate(claim.places):
        yield (
            "" if number else markdown(claim.question),
            markdown(", ".join(comparison.parts)),
            EXPECTED[comparison.expect],
            markdown(comparison.verdict.words),
            _with_parts(comparison.size),
            _alone(comparison),
            _escaped(comparison.size),
            _pairs(comparison.size),
            link,
        )


def _failures(study: Published) -> str:
    """Return how many predictions came true, and the list of those that failed."""
    counted = outcomes([study])
    if not counted:
        return "Nothing was predicted.\n"
    failed = [comparison for comparison in study.comparisons if comparison.verdict.outcome == verdicts.FAILED]
    said = _counted(counted)
    return f"{said}:\n\n" + "".join(f"- {_failure(comparison)}\n" for comparison in failed) if failed else f"{said}.\n"


def _counted(counted: Counter[str]) -> str:
    """Return the predictions by outcome in words; what failed stands last, so that a list can follow."""
    true, failed, undecided = (
        counted[outcome] for outcome in (verdicts.CAME_TRUE, verdicts.FAILED, verdicts.UNDECIDED)
    )
    return (
        f"Of {counted.total()} predictions {true} came true, {undecided} are not decided or have no pairs of trials, "
        f"and {failed or 'none'} failed"
    )


def _failure(comparison: Comparison) -> str:
    where = markdown(f"{comparison.question} {', '.join(comparison.parts)}")
    sizes = f"predicted {EXPECTED[comparison.expect]}, found {size_text(comparison.size)}"
    return f"{where}: {sizes}: {comparison.verdict.words}."


def _count(studies: Sequence[Published]) -> str:
    """Return a sentence with the number of predictions by outcome."""
    counted = outcomes(studies)
    if not counted:
        return "No published study has made a prediction.\n"
    return f"{_counted(counted)}.\n"


def outcomes(studies: Iterable[Published]) -> Counter[str]:
    """Count the predictions of studies by outcome."""
    return Counter(one.verdict.outcome for study in studies for one in study.comparisons if one.expect)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown.

    Args:
        head: the columns' titles.
        rows: the cells of each row, already Markdown.
    """
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
