"""The first screen in a few words: what the baseline does, what gets it out, and what brings it back."""

from __future__ import annotations

from dataclasses import dataclass

from ablate.core.errors import ConfigError
from ablate.remedies._keras_lines import keras_lines
from ablate.report import baseline_course, surest
from ablate.report.remedy_rows import RemedyRow, RemedyTable
from ablate.report.section_inputs import Inputs
from ablate.report.style import percent
from ablate.stats import claims

NAMED = 6
"""At most so many remedies that are worth nothing are named; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A number of the first screen, with what it counts, a remark, and how sure it is: a sentence, or nothing."""

    title: str
    number: str
    what: str
    remark: str
    sure: str = ""


def headline(inputs: Inputs, remedies: RemedyTable) -> str:
    """Say what the study found: a line on the baseline, one on the surest change, and one for each other trap.

    Args:
        inputs: the study and its claim.
        remedies: the baseline and its single changes.
    """
    if not any(group.varying for group in inputs.groups):
        return "Nothing varies in this study: there is one setting."
    parts = [baseline_course.sentence(inputs.groups[0].at(inputs.baseline)), surest.sentence(remedies)]
    later = 2 if surest.also_rescues(remedies) else 1
    parts += [
        _group_sentence(remedies, at, title, inputs.claim.target)
        for at, title in list(enumerate(remedies.titles))[later:]
    ]
    return "\n".join(part for part in parts if part)


def _group_sentence(remedies: RemedyTable, at: int, title: str, target: float) -> str:
    """Name the best of the remedies that are enough in a group of trials; each bound is that of one remedy alone."""
    run = sum(row.endings[at] is not None for row in remedies.rows)
    enough = remedies.of(at, claims.SUFFICIENT)
    if not run:
        return ""
    if not enough:
        return surest.none_is_enough(remedies, at, run)
    best = _best(enough, at)
    count = "" if (ending := best.endings[at]) is None else f" in {ending.count} trials"
    if len(enough) == 1:
        return f"{title}: {best.change} escapes{count}; no other of the {run} remedies tried is shown to be enough."
    more = f"{len(enough) - 1} more of the {run} tried {'is' if len(enough) == 2 else 'are'} enough, too"
    return f"{title}: {best.change} escapes{count}, and {more} {surest.alone(target)}."


def _best(rows: tuple[RemedyRow, ...], at: int) -> RemedyRow:
    """Return the first remedy; the rows are sorted by all groups of trials, so sort them by this one."""
    return max(rows, key=lambda row: ending.low if (ending := row.endings[at]) is not None else -1.0)


def facts(remedies: RemedyTable) -> list[Fact]:
    """Return the numbers of the first screen: the baseline's, and one for each group of trials.

    Args:
        remedies: the baseline and its single changes.
    """
    result = []
    if (ending := remedies.baseline[0]) is not None:
        others = [f"{count} {state}" for state, count in ending.states.items() if state != "escaped"]
        remark = "; ".join([*others, f"95 % interval {ending.interval}"])
        result.append(Fact(title="Baseline", number=ending.count, what="trials escape", remark=remark))
    for at, title in enumerate(remedies.titles):
        run = sum(row.endings[at] is not None for row in remedies.rows)
        if run:
            enough = remedies.of(at, claims.SUFFICIENT)
            what = f"{'remedy' if run == 1 else 'remedies'} {'is' if len(enough) == 1 else 'are'} enough"
            remark, sure = _remark(remedies, at, enough), _sure(title, at, enough)
            result.append(Fact(title=title, number=f"{len(enough)} of {run}", what=what, remark=remark, sure=sure))
    return result


def _remark(remedies: RemedyTable, at: int, enough: tuple[RemedyRow, ...]) -> str:
    """Say an example, and what trapped networks do that nothing is changed of."""
    parts = [_best(enough, at).change if enough else "more seeds or several remedies may be"]
    if len(enough) > 1:
        parts = [f"such as {parts[0]}"]
    if at and (untouched := remedies.baseline[at]) is not None:
        parts.append(f"left as they are, {untouched.count} escape")
    return "; ".join(parts)


def _sure(title: str, at: int, enough: tuple[RemedyRow, ...]) -> str:
    """Say what the choice among all leaves of the count of remedies that are enough; nothing if none is."""
    if not enough:
        return ""
    proven = sum(ending.proven for row in enough if (ending := row.endings[at]) is not None)
    are = "are" if proven > 1 else "is"
    return (
        f"{title}: each remedy is judged alone; {proven or 'none'} of them {are} proven for all settings together "
        "(Holm, 95\u00a0%)."
    )


def worthless(remedies: RemedyTable) -> str:
    """Name the remedies from fresh weights with which no more trials escape than with nothing changed.

    Args:
        remedies: the baseline and its single changes.
    """
    unchanged = remedies.baseline[0]
    if unchanged is None:
        return ""
    names = [row.change for row in remedies.rows if (end := row.endings[0]) is not None and end.rate <= unchanged.rate]
    if not names or unchanged.verdict == claims.SUFFICIENT:
        return ""
    more = f", and {len(names) - NAMED} more" if len(names) > NAMED else ""
    how = "free no trial" if not unchanged.escaped else f"escape no more often than the baseline ({unchanged.count})"
    return f"{len(names)} {how}: {', '.join(names[:NAMED])}{more}."


def in_keras(inputs: Inputs, remedies: RemedyTable) -> list[str]:
    """Return the lines of Keras that the surest remedy changes; none if no remedy is enough.

    Args:
        inputs: the study.
        remedies: the baseline and its single changes, the surest first.
    """
    enough = remedies.of(0, claims.SUFFICIENT)
    if not enough:
        return []
    best, study = enough[0], inputs.results.study
    (level,) = (level for level in study.factor(best.factor).levels if level.name == best.level)
    try:
        return keras_lines(study.baseline.replace(**{best.factor: level}), study.baseline)
    except (ConfigError, KeyError):  # a factor or level of a package that is not installed here
        return []


def brackets(inputs: Inputs) -> str:
    """Say what the brackets of the page hold, and what `enough` means.

    Args:
        inputs: the study and its claim.
    """
    claim = inputs.claim
    return (
        "[ ] 95\u00a0% interval. ( ) lowest to highest seed. \u201cEnough\u201d: the "
        f"{claim.words.replace(' %', chr(0xA0) + '%')} of the escape rate is at least {percent(claim.target)}, each "
        "remedy judged alone; a remedy picked as the best needs fresh seeds."
    )


def two_factors(inputs: Inputs) -> str:
    """Say with which two factors a reader of the heat maps should begin."""
    if inputs.results.searched:
        return "Not shown: a search chose the settings."
    names = inputs.groups[0].most_different(2)
    if len(names) < 2:
        return "Fewer than two factors vary."
    return f"The rates differ most between the levels of {names[0]} and of {names[1]}: these are shown first."


def explored(inputs: Inputs) -> str:
    """Count the settings by verdict, over all groups of trials."""
    rows = inputs.settings
    verdicts = list(claims.verdicts(rows["escaped"].to_numpy(), rows["n"].to_numpy(), inputs.claim))
    counts = {word: verdicts.count(word) for word in (claims.SUFFICIENT, claims.INSUFFICIENT, claims.UNDECIDED)}
    return (
        f"Of {len(rows)} settings {counts[claims.SUFFICIENT]} are enough (escape rate of at least "
        f"{percent(inputs.claim.target)}), {counts[claims.INSUFFICIENT]} are not, and "
        f"{counts[claims.UNDECIDED]} are undecided."
    )
