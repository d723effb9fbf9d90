"""Say what a study did, in the sentences of a paper's methods section, each with what it cites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ablate.core.study import ALL_AT_ONCE, SEQUENTIAL, Study
from ablate.report import any_time, comparisons, provenance
from ablate.report.section_inputs import Inputs
from ablate.report.sections import importance, odds
from ablate.stats import seed_spending
from ablate.stats.equivalence import MARGIN

DESIGNS = {
    "full": "all combinations of levels",
    "one_at_a_time": "the baseline and each level alone",
    "pairs": "the baseline, each level alone and every two together",
    "leave_one_out": "all remedies together and all but each one",
    "fraction": "a regular fraction of all combinations of levels",
    "explicit": "settings listed one by one",
}
"""What each kind of design runs."""

SOFTWARE = ("ablate", "keras2015", "tensorflow2016", "sklearn2011")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence without its full stop, and the keys of what it cites."""

    text: str
    cited: tuple[str, ...] = ()


def methods(inputs: Inputs) -> list[list[Sentence]]:
    """Return the paragraphs of the methods section."""
    return [[*_experiment(inputs)], [*_outcomes(inputs)], [*_statistics(inputs)], [*_software(inputs)]]


def _experiment(inputs: Inputs) -> Iterator[Sentence]:
    results, study = inputs.results, inputs.results.study
    settings = len(inputs.settings)
    varying = ", ".join(f"{name} ({results.trials[name].nunique()} levels)" for name in results.varying) or "nothing"
    yield Sentence(text=f"We trained {settings} settings that vary {varying}: {_design(inputs)}")
    baseline = ", ".join(f"{name} {level.name}" for name, level in study.baseline if name in results.varying)
    if baseline:
        yield Sentence(text=f"The baseline has {baseline}")
    yield Sentence(
        text=f"Each trial is one setting with one seed, which fixes initial weights and the order of the data, trained "
        f"for {study.budget.steps} steps and evaluated {study.budget.looks} times on validation rows that it does not "
        "train on"
    )
    yield Sentence(text=_seeds(study))


def _design(inputs: Inputs) -> str:
    if inputs.results.searched:
        return "a search chose them by their results"
    parts = []
    for part in inputs.results.study.designs:
        factors = part.get("factors")
        of = f" of {', '.join(factors)}" if factors else ""
        parts.append(f"{DESIGNS.get(str(part['kind']), str(part['kind']))}{of}")
    return "; ".join(dict.fromkeys(parts))


def _seeds(study: Study) -> str:
    ends = seed_spending.ends(study)
    if study.spending["kind"] == ALL_AT_ONCE:
        return f"Every setting has {ends[0]} seeds, fixed in advance; settings are compared on the same seeds"
    how = "in blocks" if study.spending["kind"] == SEQUENTIAL else "and more where its rate was undecided"
    return (
        f"A setting has {ends[0]} seeds {how}, up to {ends[-1]}, until its escape rate is decided against "
        f"{study.spending['target']:g}"
    )


def _outcomes(inputs: Inputs) -> Iterator[Sentence]:
    yield Sentence(
        text="A trial has escaped if its accuracy was above chance at three evaluations in a row and ends above chance "
        "with at least half of its gain, and has collapsed if it was above chance so but lost more than half of its "
        "gain; trials that failed or diverged count in every denominator"
    )
    used = set(inputs.results.trials["task_hash"])
    for task, chance in sorted(inputs.results.manifest.chance.items()):
        if task in used:
            yield Sentence(text=f"On task {task[:6]} ({chance.classes} classes), {chance.text()}")


def _statistics(inputs: Inputs) -> Iterator[Sentence]:
    study, searched = inputs.results.study, inputs.results.searched
    _, interval = seed_spending.interval(study)
    cited = ("howard2021",) if study.spending["kind"] == SEQUENTIAL else ("wilson1927",)
    yield Sentence(text=f"The interval of one setting's escape rate is a {interval}", cited=cited)
    words = inputs.claim.words
    exact = "clopper1934" if "sequence" not in words else "howard2021"
    yield Sentence(text=f"A rate is called sufficient if its {words} reaches {inputs.claim.target:g}", cited=(exact,))
    if searched:
        yield Sentence(text="Sets of remedies found by the search were confirmed on fresh seeds", cited=("optuna2019",))
        return
    yield Sentence(
        text="Rates over several settings count each setting equally; their 95 % intervals take seeds as the units, "
        "since settings share them",
        cited=("gaffke2005",),
    )
    yield from _comparisons(inputs)
    for made, text, key in (
        (importance.section(inputs), "Shares of variance are by functional ANOVA of full grids", "hooker2007"),
        (odds.section(inputs), "Odds by level are by a penalised logistic model", "firth1993"),
    ):
        if made is not None and made.tables:
            yield Sentence(text=text, cited=(key,))


def _comparisons(inputs: Inputs) -> Iterator[Sentence]:
    frames = [pair for group in inputs.groups for pair in comparisons.compared(inputs, group, "escaped")[0]]
    if any((frame["strata"] == 1).any() for _, frame in frames):
        yield Sentence(
            text="Two levels are compared on the same seeds: the interval of their difference is Tango's, the test "
            "McNemar's exact one",
            cited=("tango1998", "mcnemar1947"),
        )
    if any((frame["strata"] > 1).any() for _, frame in frames):
        yield Sentence(
            text="Differences that are means over several settings have an interval over seeds, a test that flips the "
            "signs of the seeds' differences, and a test of equal rates; both tests must reject",
            cited=("gaffke2005",),
        )
    declared = inputs.results.study.contrasts
    if declared:
        yield Sentence(
            text=f"{len(declared)} contrasts were declared before the study ran; their p-values are corrected by Holm",
            cited=("holm1979",),
        )
    yield Sentence(
        text="All other comparisons of levels with the baseline are corrected by Benjamini and Hochberg",
        cited=("benjamini1995",),
    )
    yield Sentence(
        text=f"That a difference is below {MARGIN:g} is tested by two one-sided tests", cited=("schuirmann1987",)
    )
    if any_time.wanted(inputs):
        yield Sentence(
            text="Comparisons that are valid at any time bet on the seeds' differences; e-BH corrects them",
            cited=("ramdas2023", "wang2022"),
        )


def _software(inputs: Inputs) -> Iterator[Sentence]:
    record = inputs.results.manifest
    versions = ", ".join(f"{name} {version}" for name, version in sorted(record.versions.items()))
    yield Sentence(text=f"Trials were run with ablate on Keras and TensorFlow ({versions})", cited=SOFTWARE)
    yield Sentence(text=f"The command was: {record.study.command or 'not recorded'}")


def compute(inputs: Inputs) -> str:
    """Say on what the trials were trained, and how long that took."""
    machine = ", ".join(f"{name} {value}" for name, value in sorted(inputs.results.manifest.machine.items()))
    seconds = inputs.results.trials.get("wall_seconds")
    total = float(seconds.sum()) if seconds is not None else 0.0
    time = f"{total / 3600:.2f} hours of one worker process" if total > 0 else "the time was not published"
    return f"{len(inputs.results.trials):,} trials; {time}; machine of the last sweep: {machine or 'not recorded'}."


def checklist(inputs: Inputs) -> list[tuple[str, str]]:
    """Return the questions of a reproducibility checklist, answered from the study."""
    results, study = inputs.results, inputs.results.study
    _, interval = seed_spending.interval(study)
    predicted = sum(bool(contrast.expect) for contrast in study.contrasts)
    meaning = (
        f"One setting: {interval}, over seeds. Several settings: 95 %, seeds as units. Differences: 95 %, in pairs. "
        "They hold for new seeds on the same data and the same training rows, not for other data."
    )
    return [
        ("Claims declared in advance", f"{len(study.contrasts)} contrasts, {predicted} of them with a prediction."),
        ("Seeds", f"{provenance.ranges(tuple(sorted(set(results.trials['seed']))))}; {_seeds(study)}."),
        ("Runs reported", "All trials of the study, also those that failed or diverged."),
        ("Number of trials", f"{len(results.trials):,} of {results.planned or len(results.trials):,} planned."),
        ("Meaning of intervals", meaning),
        ("Tests and corrections", "Holm over declared contrasts; Benjamini-Hochberg over all others; two-sided."),
        ("Hyperparameters", "All levels of all factors are in the study's manifest."),
        ("Data", f"Content hashes: {', '.join(sorted(set(results.trials['task_hash'])))}."),
        ("Compute", compute(inputs)),
        ("Code", f"{provenance.stamp(results)}"),
        ("Repeating it", "On one type of processor the same command gives bit-identical trials."),
        ("Limits", "On another type of processor, trials at the edge of stability may end in another state."),
    ]
