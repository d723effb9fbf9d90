"""The studies' findings as one page of Markdown: every number in it comes from a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ablate.report.text_escaping import markdown
from ablate.stats.contrasts import tango
from findings import published, verdicts
from findings.published import Claim, Comparison, Published, Size

HEAD = """# Findings

Written by `python -m findings` from the reports in `results/published/`; no size here is typed by hand. What to try
first on a network of your own: [guide.md](guide.md), with its numbers [at the end](#the-guide-in-detail). Each study in
`experiments/` declares before it runs what it compares, where, and what it predicts. Outcome is escape: three looks
in a row above chance, and the last three as well.

**How a verdict is reached.** A size is the difference in escape rates between two levels on the same seeds, over all
pairs of trials at its place (tasks or rates joined by `|` are pooled, each pair counting once), with its 95 % interval.
A difference is *shown* if its p-value is below {alpha:g} after Holm's correction over the study's declared comparisons
of one stratum (trials that start alike: from fresh weights, or from one kind of trap) and its interval leaves out 0. It
is *relevant* if it is {margin:.2f} or more.

- **more** (or less) escape was predicted: it came true if a difference in that direction is shown, and failed if one in
  the other direction is, or if the interval leaves out every relevant difference in that direction. Else it is not
  decided.
- **no difference** was predicted: it came true if the whole interval lies within ±{margin:.2f}, and failed if a
  difference is shown and the interval does not lie there. Else it is not decided.

That no difference is shown is no evidence of equality: {pairs} seeds none of whose pairs differs still have the
interval ±{width:.2f}, and {enough} are the fewest that can show equality at this margin. *Equal* may mean that neither
level ever escapes, or that both always do: the counts stand beside each size. Intervals are not corrected for their
number, nor for studies having been looked at more than once ([what that is worth](#how-far-to-trust-them)).

A mean may be of opposite parts. Where a size is over several settings, the other factor by which it varies most stands
behind it with the difference at each of its levels, if these lie 0.1 or more apart: then the parts are the finding.

**Where networks start.** *Prevention*: from fresh weights. *Rescue* goes on from a trap: `saturated` (one bias of the
output raised by 20, so that one class has all the probability), `dead` (biases of the hidden layers lowered by 10),
`symmetric` (each hidden unit a copy of the first), all three set in fresh weights or, as `_trained`, after 100 steps
of a *first phase* under the baseline; or from `collapsed`, what 400 steps of it left where it fell back by itself. A
network whose first phase escaped is in no trap. Of every start the optimizer is fresh.

*holds* is said of a prediction, whatever it was, also of *no difference*; *holds only where* is said only if it failed
elsewhere. Sizes stand in the order of the places that the verdict names. Where a study predicted nothing, the words say
what was found. A few predictions repeat what an earlier study had shown; the files in `experiments/` say which.
"""

EXPECTED: Mapping[str, str] = {"more": "more escape", "less": "less escape", "same": "no difference", "": "nothing"}
"""What was predicted, in words."""

EXAMPLE = 20
"""Seeds of the smallest studies."""


def page(studies: Sequence[Published], tables: Mapping[str, str], asides: Iterable[str] = ()) -> str:
    """The whole of docs/findings.md; `tables`, by study, are of `findings.tables`, `asides` what is said of all."""
    known = {each.name for each in studies}
    missing = [name for name in published.ORDER if name not in known]
    enough = next(n for n in range(1, 10_000) if tango(0, 0, n)[1] < verdicts.MARGIN)
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
        parts.append(f"Declared, their comparisons not published yet (not run, or too few seeds): {names}.\n")
    parts += [section(each, tables.get(each.name, "")) for each in studies]
    parts += [f"## {name}\n\nToo few seeds for comparisons.\n\n{tables[name]}" for name in missing if name in tables]
    return "\n".join(parts)


def section(study: Published, tables: str = "") -> str:
    """One study: its question, its claims place by place, the predictions that failed, and its tables."""
    link = f"[report](../results/published/{study.name}/report/report.html)"
    rows = (row for claim in study.claims for row in _rows(claim, link))
    head = ("claim", "where", "predicted", "verdict", "size [95 % interval]", "escaped", "pairs (seeds)", "link")
    body = table(head, rows) if study.claims else f"No comparison was declared: {link}.\n"
    whole = f"## {study.name}\n\n{study.question}\n\n{body}\n{_failures(study)}"
    return f"{whole}\n{tables}" if tables else whole


def size(found: Size | None) -> str:
    """A difference with its interval, signed; a dash if there is none.

    Examples:
        >>> size(Size(estimate=-0.5, low=-0.7, high=-0.3, adjusted_p=0.01, pairs=20, seeds=20))
        '-0.50 [-0.70, -0.30]'
    """
    return "-" if found is None else f"{_signed(found.estimate)} [{_signed(found.low)}, {_signed(found.high)}]"


def _signed(value: float) -> str:
    """Two decimals; three where two would say 0, or the margin, of what is not.

    Examples:
        >>> _signed(0.5), _signed(-0.0026), _signed(0.0), _signed(0.0991)
        ('+0.50', '-0.003', '0.00', '+0.099')
    """
    if value == 0:
        return "0.00"
    at_margin = round(abs(value), 2) == verdicts.MARGIN and abs(value) != verdicts.MARGIN
    return f"{value:+.3f}" if abs(value) < 0.005 or at_margin else f"{value:+.2f}"


def _over(found: Size | None) -> str:
    return "0" if found is None else f"{found.pairs} ({found.seeds})"


def _whole(found: Size | None) -> str:
    """A difference, its interval and, where it has different parts, these."""
    return size(found) if found is None or not found.parts else f"{size(found)} ({markdown(found.parts)})"


def _escaped(found: Size | None) -> str:
    """How many escaped with the level, and with the other one."""
    if found is None or found.counts is None:
        return "-"
    level, against = found.counts
    return f"{level:,} and {against:,} of {found.pairs:,}"


def _summary(study: Published, claim: Claim) -> tuple[str, ...]:
    """A claim's row; its sizes in the order in which the verdict names their places."""
    outcomes = list(verdicts.NAMED)
    own = sorted((each for _, each in claim.places), key=lambda each: outcomes.index(each.verdict.outcome))
    link = f"[{study.name}](#{study.name})"
    predicted = dict.fromkeys(EXPECTED[each.expect] for each in own)
    over = dict.fromkeys(_over(each.size) for each in own)
    sizes = (_whole(each.size) for each in own)
    cells = ("; ".join(predicted), markdown(claim.verdict), "; ".join(sizes), "; ".join(over), link)
    return markdown(claim.question), *cells


def _rows(claim: Claim, link: str) -> Iterable[tuple[str, ...]]:
    for place, (_, each) in enumerate(claim.places):
        yield (
            markdown(claim.question) if place == 0 else "",
            markdown(", ".join(each.parts)),
            EXPECTED[each.expect],
            markdown(each.verdict.words),
            _whole(each.size),
            _escaped(each.size),
            _over(each.size),
            link,
        )


def _failures(study: Published) -> str:
    """The predictions that failed, by name; or that none did; or that there was none."""
    if not any(each.expect for each in study.comparisons):
        return "Nothing was predicted.\n"
    failed = [each for each in study.comparisons if each.verdict.outcome == verdicts.FAILED]
    if not failed:
        return "Predictions that failed: none.\n"
    return "Predictions that failed:\n\n" + "".join(f"- {_failure(each)}\n" for each in failed)


def _failure(each: Comparison) -> str:
    where = markdown(f"{each.question} {', '.join(each.parts)}")
    return f"{where}: predicted {EXPECTED[each.expect]}, found {size(each.size)}: {each.verdict.words}."


def _count(studies: Sequence[Published]) -> str:
    """How many predictions there were, and what became of them."""
    outcomes = Counter(each.verdict.outcome for study in studies for each in study.comparisons if each.expect)
    if not outcomes:
        return "The reports published so far hold no prediction.\n"
    return (
        f"Of {outcomes.total()} predictions {outcomes[verdicts.CAME_TRUE]} came true, {outcomes[verdicts.FAILED]} "
        f"failed, and {outcomes[verdicts.UNDECIDED]} are not decided or not answered.\n"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
