"""Say what a remedy is worth on several tasks, how much that varies, and what to expect of it on a new task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from ablate.core import terminal
from ablate.core.errors import ConfigError
from ablate.core.notebook_view import preformatted
from ablate.core.study import TASK, Level
from ablate.design import designs
from ablate.remedies.start import START
from ablate.report import tables
from ablate.report.figure_data import Estimate
from ablate.report.pictures import Picture
from ablate.report.sections.effects import forest_picture
from ablate.results import start_states
from ablate.results.start_states import FRESH
from ablate.results.study_results import Results
from ablate.stats import at_baseline, families, new_task, seed_spending

ROWS = 40
"""The most remedies in the figure: those tried on most tasks."""

COLUMNS = ("remedy", "tasks", "pairs", "mean", "low", "high", "between", "new_low", "new_high", "effects")


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Generalization:
    """Remedies over tasks.

    Attributes:
        studies: the names of the studies.
        tasks: the names of the tasks.
        table: one row a remedy that was tried on two tasks or more, most tasks first: `remedy`, `tasks`, `pairs`, the
            `mean` difference of escape rates with its interval `low`, `high`, the standard deviation `between` tasks,
            the prediction interval for a new task `new_low`, `new_high` (NaN with two tasks), and the `effects`.
    """

    studies: tuple[str, ...]
    tasks: tuple[str, ...]
    table: pd.DataFrame

    def text(self) -> str:
        """Return the table and what it says in words."""
        return tables.text(self.table) + "\n" + terminal.filled("\n".join(self.sentences())) + "\n"

    def sentences(self) -> Iterator[str]:
        """Yield what is expected of the remedies on a new task."""
        yield (
            f"{len(self.table)} remedies were tried on at least two of {len(self.tasks)} tasks "
            f"({', '.join(self.tasks)}), each alone on its study's baseline, paired by seed."
        )
        predicted = self.table[self.table["tasks"] >= new_task.FEWEST]
        if not len(predicted):
            yield f"A prediction for a new task takes {new_task.FEWEST} tasks; with two there is only a mean."
            return
        helps, harms = predicted[predicted["new_low"] > 0], predicted[predicted["new_high"] < 0]
        yield (
            f"On a new task that is drawn like these, {len(helps)} of {len(predicted)} are expected to help and "
            f"{len(harms)} to harm (95 % prediction interval, which leaves out 0)."
        )
        for row in helps.to_dict("records"):
            yield (
                f"{row['remedy']}: {row['mean']:+.2f} on average; on a new task between {row['new_low']:+.2f} and "
                f"{row['new_high']:+.2f}."
            )

    def picture(self) -> Picture:
        """Return the figure, not drawn yet: prediction intervals where there are three tasks, else of the mean."""
        rows = []
        for row in self.table.head(ROWS).to_dict("records"):
            predicted = row["tasks"] >= new_task.FEWEST
            low, high = (row["new_low"], row["new_high"]) if predicted else (row["low"], row["high"])
            rows.append(
                Estimate(
                    label=str(row["remedy"]),
                    numbers=f"{row['mean']:+.2f} [{low:+.2f}, {high:+.2f}], {row['tasks']} tasks",
                    value=float(row["mean"]),
                    low=float(low),
                    high=float(high),
                    holds=bool(predicted and (low > 0 or high < 0)),
                )
            )
        title = "What to expect on a new task (two tasks: the mean only)"
        return forest_picture(title, "escape", rows, "generalization", "paired by seed, over tasks")

    def __repr__(self) -> str:
        return f"<Generalization of {len(self.table)} remedies over {len(self.tasks)} tasks>"

    def _repr_html_(self) -> str:
        return preformatted(self.text())


def generalization(studies: Sequence[Results]) -> Generalization:
    """Pool the effects of remedies over the tasks of some studies.

    A remedy is a level instead of the baseline's level of its factor; levels are the same if their parameters are. A
    task is its data: of several studies with the same data, the one with the most pairs counts.

    Args:
        studies: the studies; each may have several tasks.

    Raises:
        ConfigError: no remedy was tried on two tasks.
    """
    rows = pd.DataFrame([row for results in studies for row in _effects(results)])
    if len(rows):
        rows = rows.sort_values("pairs", ascending=False, kind="stable").drop_duplicates(["key", "task_hash"])
    pooled = [_pooled(part) for _, part in (rows.groupby("key", sort=False) if len(rows) else ()) if len(part) > 1]
    if not pooled:
        raise ConfigError(
            "At least one remedy must have been tried on two tasks, each time alone on the baseline. Received "
            f"{', '.join(results.study.name for results in studies)}: none. Give studies on different tasks, or sweep "
            "one with `task=digits,blobs`."
        )
    table = pd.DataFrame(pooled, columns=list(COLUMNS))
    order = table.assign(size=-table["mean"].abs()).sort_values(
        ["tasks", "size"], ascending=[False, True], kind="stable"
    )
    used = rows[rows["key"].isin([key for key, part in rows.groupby("key") if len(part) > 1])]
    return Generalization(
        studies=tuple(results.study.name for results in studies),
        tasks=tuple(used.drop_duplicates("task_hash")[TASK]),
        table=order.drop(columns="size").reset_index(drop=True),
    )


def _pooled(part: pd.DataFrame) -> tuple[object, ...]:
    """Return the row of one remedy, from its effects on the tasks."""
    pairs = zip(part["gained"], part["lost"], part["pairs"], strict=True)
    sizes = [new_task.effect(int(gained), int(lost), int(count)) for gained, lost, count in pairs]
    over = new_task.predict(
        pd.Series([gap for gap, _ in sizes]).to_numpy(), pd.Series([v for _, v in sizes]).to_numpy()
    )
    texts = [f"{task} {gap:+.2f}" for task, (gap, _) in zip(part[TASK], sizes, strict=True)]
    numbers = (over.mean, over.low, over.high, over.between, over.new_low, over.new_high)
    return part["remedy"].iloc[0], over.tasks, int(part["pairs"].sum()), *numbers, ", ".join(texts)


def _effects(results: Results) -> Iterator[dict[str, object]]:
    """Yield what each remedy alone does to the baseline, task by task, in trials that start from fresh weights."""
    study, trials = results.study, seed_spending.comparable(results.study, results.trials)
    kinds = start_states.kinds(study)
    if kinds:
        trials = trials[trials[START].astype(str).map(kinds) == FRESH]
    baseline = {name: level.name for name, level in study.baseline}
    names = [name for name in results.varying if name not in (TASK, START)]
    known = {
        (factor.name, level.name): level for factor in study.factors for level in (factor.baseline, *factor.levels)
    }
    for task_hash, rows in trials.groupby("task_hash", sort=False):
        single = at_baseline.single_changes(rows, names, baseline)
        screened = families.screen(single, names, baseline) if len(single) and names else pd.DataFrame()
        for row in screened.to_dict("records"):
            factor = str(row["factor"])
            level, against = (known[factor, str(row[name])] for name in ("level", "against"))
            yield {
                "key": (factor, _text(factor, level), _text(factor, against)),
                "remedy": f"{factor}={level.name} instead of {against.name}",
                TASK: str(rows[TASK].iloc[0]) if TASK in rows else str(task_hash),
                "task_hash": task_hash,
                **{name: row[name] for name in ("gained", "lost", "pairs")},
            }


def _text(factor: str, level: Level) -> str:
    return designs.identity_text(factor, level.params)
