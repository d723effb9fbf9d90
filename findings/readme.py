"""Write the numbers of the README, between its markers; every number comes from a published report."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from findings import guide_text, interim, published, text

BLOG, LOSS = "[blog](docs/findings/blog.md)", "[loss](docs/findings/loss.md)"
COLLAPSED = "[rescue_collapsed](docs/findings/rescue_collapsed.md)"

BACKENDS = {"jax": "JAX", "torch": "PyTorch", "tensorflow": "TensorFlow"}
"""Back end as Keras calls it -> its name."""

CLIPS = {"1e-3": "clipped_1e-3", "1e-12": "clipped_1e-12", "1e-30": "clipped_1e-30"}
"""Where the loss is clipped -> the level's name."""


def page(results: Path, experiments: Path, readme: str) -> str:
    """Return the README with its numbers written anew.

    Args:
        results: the folder of published results.
        experiments: the folder of the named studies.
        readme: the README as it is.
    """
    for name, block in BLOCKS.items():
        begin, end = f"<!-- {name}: written by `python -m findings` -->\n", f"<!-- end of {name} -->\n"
        before, rest = readme.split(begin)
        _, after = rest.split(end)
        readme = f"{before}{begin}{block(results, experiments)}{end}{after}"
    return readme


def _time(results: Path, _: Path) -> str:
    """Say how long the published run of the main study took, and on how many cores."""
    record = json.loads((results / "blog" / "report" / "manifest.json").read_text(encoding="utf-8"))
    began, ended = (datetime.fromisoformat(record[name]) for name in ("started", "finished"))
    minutes, cores = math.ceil((ended - began).total_seconds() / 60), record["machine"]["cores"]
    return (
        f"The published run of `make study` took {minutes} minutes on {cores} cores. "
        "A first run takes longer, because it compiles programs.\n"
    )


def _findings(results: Path, experiments: Path) -> str:
    """Return the findings as a list, each with its numbers and its link."""
    loss, *others = _main_study(results)
    lines = (
        loss,
        _backends(results),
        *others,
        _elsewhere(results),
        _rescue(results),
        _predictions(results, experiments),
    )
    return "".join(f"{number}. {line}\n" for number, line in enumerate(lines, 1))


def _main_study(results: Path) -> Iterator[str]:
    trials, baseline = _trials(results, "blog")
    fresh = baseline | {"start": "fresh"}
    seeds = _of(trials, fresh)
    ends = seeds["final_accuracy"]
    yield (
        "**The clipped loss causes the collapse.** The example network learns to accuracy "
        f"{seeds['best_accuracy'].median():.2f}, then loses it in {_count(seeds, 'collapsed')} seeds. "
        f"With other seeds it is {_count(_others(results, seeds), 'collapsed')}. "
        f"At the end it has {ends.median():.2f}, at most {ends.max():.2f}. "
        "With the fused loss, which takes the logits (`from_logits=True` in Keras), "
        f"{_count(_of(trials, fresh | {'loss': 'fused'}))} keep at least half of it. "
        f"{BLOG}, {LOSS}"
    )
    clips = [f"{_count(_of(trials, fresh | {'loss': loss}))} at {at}" for at, loss in CLIPS.items()]
    never = _of(trials, fresh | {"loss": CLIPS["1e-3"]})["best_accuracy"].median()
    yield (
        "**The smallest probability decides.** By where the loss is clipped, so many seeds keep at least half of what "
        f"they learned: {', '.join(clips[:-1])} and {clips[-1]}. At 1e-3 they never learn (best accuracy {never:.2f}). "
        f"{BLOG}"
    )
    prevented = _of(trials, fresh | {"learning_rate": "0.001"})
    rescued = _of(trials, baseline | {"start": "collapsed", "start_state": "collapsed", "learning_rate": "0.001"})
    untouched = _of(trials, baseline | {"start": "collapsed", "start_state": "collapsed"})
    yield (
        "**A lower rate prevents this collapse, and does not undo it.** "
        f"At learning rate 0.001, {_count(prevented)} fresh networks learn. "
        f"Of networks that had collapsed to 1/N, this rate frees {_count(rescued)}. "
        f"Without a change, {_count(untouched)} come back. "
        f"{BLOG}"
    )


def _others(results: Path, seeds: pd.DataFrame) -> pd.DataFrame:
    """Return the trials of the same fresh network with seeds that the main study does not have."""
    trials, baseline = _trials(results, "loss")
    same = _of(trials, baseline | {"start": "fresh"})
    return same[~same["seed"].isin(seeds["seed"])]


def _backends(results: Path) -> str:
    """Say on which back ends plain `fit` still loses what it learned, at the main study's rate and width."""
    trials = pd.read_csv(results / "validation" / "backends.csv", dtype={"learning_rate": str})
    at_baseline = trials[(trials["learning_rate"] == "0.05") & (trials["width"] == 128)]
    ended = at_baseline.assign(low=at_baseline["state"] != "learned").groupby(["loss", "backend"])["low"]
    counts = {key: f"{int(low.sum())} of {len(low)}" for key, low in ended}
    shown = [f"{counts['softmax', backend]} on {name}" for backend, name in BACKENDS.items()]
    cured = [f"{counts['from_logits', backend]} on {name}" for backend, name in BACKENDS.items()]
    return (
        "**Keras still clips on JAX and PyTorch.** "
        f"Softmax plus cross-entropy in plain Keras loses what it learned: {', '.join(shown)}. "
        "(TensorFlow finds the logits by itself.) "
        f"With `from_logits=True`: {', '.join(cured)}. [The clip trap](docs/explanation/clip_trap.md)"
    )


def _elsewhere(results: Path) -> str:
    """Say how often the fused loss prevents and repairs the trap on other data and in another network."""
    trials, baseline = _trials(results, "tables")
    pooled = {name: level for name, level in baseline.items() if name not in ("task", "start")}
    tables = [_count(_of(trials, pooled | {"start": "fresh", "loss": loss})) for loss in ("clipped", "fused")]
    trials, baseline = _trials(results, "models")
    stuck = baseline | {"start": "collapsed", "start_state": "stuck", "learning_rate": "0.01"}
    freed = [_count(_of(trials, stuck | {"loss": loss})) for loss in ("clipped", "fused")]
    return (
        f"**Other data show the same.** On two real tables, at rate {pooled['learning_rate']}, the clipped loss lets "
        f"{tables[0]} networks learn. The fused one lets {tables[1]}. "
        f"Of stuck convolutional networks, a rate of 0.01 frees {freed[0]}; that rate with the fused loss, {freed[1]}. "
        "[tables](docs/findings/tables.md), [models](docs/findings/models.md)"
    )


def _rescue(results: Path) -> str:
    """Name the single remedies that bring all collapsed networks back, and the most that any other one does."""
    trials, baseline = _trials(results, "rescue_collapsed")
    trials = trials[trials["start_state"] == "collapsed"]
    rates: dict[str, float] = {}
    for name in baseline:
        for level in trials[name].astype(str).unique() if name in trials else ():
            alone = _of(trials, baseline | {"start": "collapsed", name: level})
            if level != baseline[name] and name != "start" and len(alone):
                rates[f"`{name}={level}`"] = float((alone["state"] == "escaped").mean())
    whole = [remedy for remedy, rate in rates.items() if rate == 1]
    count = len(_of(trials, baseline | {"start": "collapsed"}))
    return (
        f"**Few remedies rescue.** Of {len(rates)} tried on {count} collapsed networks, {len(whole)} brought all back: "
        f"{' and '.join(whole)}. {COLLAPSED}"
    )


def _predictions(results: Path, experiments: Path) -> str:
    outcomes = text.outcomes(published.load(results, experiments))
    return (
        f"**Some predictions failed.** We wrote down {outcomes.total()} before the studies ran. "
        f"{outcomes['came true']} came true, {outcomes['failed']} failed, and {outcomes['undecided']} are undecided. "
        f"{len(interim.ANALYSES)} studies got more seeds after a first look. "
        "[All verdicts, and what a correction for such looks changes](docs/findings.md)"
    )


def _guide(results: Path, _: Path) -> str:
    """Say of how many trials the guide is made."""
    frames = [published.frame(results / name, "trials.parquet") for name in guide_text.MADE_FROM]
    known = [frame for frame in frames if frame is not None]
    return (
        f"[What to try first](docs/guide.md): by cause, from {sum(map(len, known)):,} trials of {len(known)} studies.\n"
    )


def _trials(results: Path, name: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a study's published trials, and its baseline's level names by factor."""
    trials = published.frame(results / name, "trials.parquet")
    if trials is None:
        raise FileNotFoundError(f"The README needs the trials of {results / name}: run `python -m findings.publish`.")
    return trials, published.baseline(results / name)


def _of(trials: pd.DataFrame, levels: Mapping[str, str]) -> pd.DataFrame:
    """Return the trials with these levels, by the columns that they have."""
    for name, level in levels.items():
        if name in trials:
            trials = trials[trials[name].astype(str) == level]
    return trials


def _count(trials: pd.DataFrame, state: str = "escaped") -> str:
    return f"{(trials['state'] == state).sum()} of {len(trials)}"


BLOCKS: Mapping[str, Callable[[Path, Path], str]] = {"time": _time, "findings": _findings, "guide": _guide}
"""Name of a part of the README -> the function that writes it."""
