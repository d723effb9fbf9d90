"""Compare two studies, or one study under two versions: pair their trials, and test what changed beyond noise.

Studies without a common seed have no pairs: the rates of their common settings are compared instead.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.core.study import TASK
from ablate.design import designs
from ablate.remedies import neutral
from ablate.report.comparison import Comparison
from ablate.results.study_results import Results
from ablate.stats import contrasts, families, seed_spending, unpaired


def compare(first: Results, second: Results, state: str = "escaped") -> Comparison:
    """Pair trials with the same seed and the same parameters of every factor that is not in `apart`.

    Where results decide how many seeds a setting gets, only the seeds that every setting gets are compared.

    Args:
        first: a study.
        second: another one, or the same one under another version.
        state: the state whose rates are compared.

    Raises:
        ConfigError: one study has several trials with the same seed and the same shared factors.
    """
    apart = _apart(first, second)
    fixed = {name for name, _, _ in apart}
    names = [name for name in _factors(first, second) if name not in fixed]
    # Means over settings may not count seeds that results chose: an undecided setting would count by what it showed.
    left = seed_spending.comparable(first.study, _keyed(first, second, names))
    right = seed_spending.comparable(second.study, _keyed(second, first, names))
    keys = [*(f"{name} " for name in names), "seed"]
    if left.duplicated(keys).any() or right.duplicated(keys).any():
        raise ConfigError(
            "No two trials of a study may have the same seed and the same levels of all factors that are compared. "
            "Received a study in which they do."
        )
    joined = left.merge(
        right.drop(columns=names), on=keys, how="outer", suffixes=("_first", "_second"), indicator="side"
    )
    pairs = joined[joined["side"] == "both"]
    varying = [name for name in names if len(pairs[name].unique()) > 1]
    columns = [*varying, "seed", "id_first", "id_second", "state_first", "state_second"]
    pairs = pairs.sort_values([*varying, "seed"], kind="stable")[columns].reset_index(drop=True)
    settings, whole = _differences(pairs, varying, state)
    gap = None
    if whole is None:
        settings, gap = _unpaired(left, right, names, state)
    equal_names = first.study.name == second.study.name
    return Comparison(
        first=f"{first.study.name} ({first.folder})" if equal_names else first.study.name,
        second=f"{second.study.name} ({second.folder})" if equal_names else second.study.name,
        apart=apart,
        pairs=pairs,
        settings=settings,
        whole=whole,
        only_first=int((joined["side"] == "left_only").sum()),
        only_second=int((joined["side"] == "right_only").sum()),
        same_ids=int((pairs["id_first"] == pairs["id_second"]).sum()),
        chosen=len(first.trials) + len(second.trials) - len(left) - len(right),
        gap=gap,
    )


def _factors(first: Results, second: Results) -> list[str]:
    return list(dict.fromkeys(factor.name for results in (first, second) for factor in results.study.factors))


def _identities(results: Results, name: str) -> pd.Series:
    """Return what decides each trial's result in one factor: for the task its data, else the level's parameters.

    A factor that the study lacks is at its neutral level.
    """
    frame = results.trials
    if name == TASK and frame["task_hash"].all():
        return frame["task_hash"]
    texts = {"": designs.identity_text(name, neutral().get(name))} if name not in frame else {}
    for factor in results.study.factors:
        if factor.name == name:
            texts = {
                level.name: designs.identity_text(name, level.params) for level in (factor.baseline, *factor.levels)
            }
    levels = frame[name].astype(str) if name in frame else pd.Series([""] * len(frame))
    return levels.map(lambda level: texts.get(level, level))


def _names(results: Results, name: str) -> dict[str, str]:
    """Return the study's name of each identity of a factor."""
    if name not in results.trials:
        return {}
    return dict(zip(_identities(results, name), results.trials[name].astype(str), strict=True))


def _apart(first: Results, second: Results) -> tuple[tuple[str, str, str], ...]:
    """Return the factors, budget and engine that have one value in each study, but different ones."""
    differing = []
    for name in _factors(first, second):
        one, other = (list(_identities(results, name).unique()) for results in (first, second))
        if len(one) == len(other) == 1 and one != other:
            names = {**_names(first, name), **_names(second, name)}
            differing.append((name, names.get(one[0], one[0]), names.get(other[0], other[0])))
    for name in ("steps", "looks"):
        left, right = (str(getattr(results.study.budget, name)) for results in (first, second))
        differing += [(name, left, right)] if left != right else []
    if first.study.engine != second.study.engine:
        differing.append(("engine", first.study.engine, second.study.engine))
    return tuple(differing)


def _keyed(results: Results, other: Results, names: Sequence[str]) -> pd.DataFrame:
    """Return the trials with two columns a factor: its parameters as text, to pair by, and a name to show."""
    frame = results.trials
    columns: dict[str, object] = {}
    for name in names:
        keys, shown = _identities(results, name), {**_names(other, name), **_names(results, name)}
        columns[f"{name} "] = keys.to_numpy()
        columns[name] = keys.map(lambda key, shown=shown: shown.get(key, key)).to_numpy()
    columns |= {
        "seed": frame["seed"].to_numpy(),
        "id": frame["id"].to_numpy(),
        "state": frame["state"].astype(str).to_numpy(),
    }
    return pd.DataFrame(columns)


def _differences(
    pairs: pd.DataFrame, varying: Sequence[str], state: str
) -> tuple[pd.DataFrame, contrasts.Difference | None]:
    """Return the differences per setting, and over all settings together; seeds are the units."""
    if not len(pairs):
        return pd.DataFrame(), None
    groups = pairs.groupby(list(varying), sort=False).ngroup().to_numpy() if varying else np.zeros(len(pairs), int)
    seeds, _ = pd.factorize(pairs["seed"])
    shape = (int(groups.max()) + 1, int(seeds.max()) + 1)
    one, other = np.full(shape, np.nan), np.full(shape, np.nan)
    one[groups, seeds] = (pairs["state_first"] == state).to_numpy(float)
    other[groups, seeds] = (pairs["state_second"] == state).to_numpy(float)
    changed = np.bincount(groups, weights=(pairs["state_first"] != pairs["state_second"]).to_numpy(float))
    gaps = [contrasts.difference(other[group : group + 1], one[group : group + 1]) for group in range(shape[0])]
    rows = [(gap.pairs, gap.estimate, gap.low, gap.high, gap.p) for gap in gaps]
    table = pd.DataFrame(rows, columns=["pairs", "difference", "low", "high", "p"])
    table.insert(1, "escaped_first", np.nansum(one, axis=1).astype(int))
    table.insert(2, "escaped_second", np.nansum(other, axis=1).astype(int))
    table = table.assign(adjusted_p=families.adjust(table["p"].to_numpy(float), "fdr_bh"), changed=changed.astype(int))
    first = np.unique(groups, return_index=True)[1]
    names = pairs.take(first)[list(varying)].reset_index(drop=True)
    return pd.concat([names, table], axis=1), contrasts.difference(other, one)


def _unpaired(
    first: pd.DataFrame, second: pd.DataFrame, names: Sequence[str], state: str
) -> tuple[pd.DataFrame, unpaired.Gap | None]:
    """Return the differences of rates per common setting, and over all of them; no trials are paired."""
    keys = [f"{name} " for name in names]
    texts = [
        frame[keys].agg("\n".join, axis=1) if keys else pd.Series("", index=frame.index) for frame in (first, second)
    ]
    common = [text for text in texts[0].unique() if text in set(texts[1])]
    if not common:
        return pd.DataFrame(), None
    sides = [
        (frame[text.isin(common)], text[text.isin(common)]) for frame, text in zip((first, second), texts, strict=True)
    ]
    codes = [pd.Categorical(text, categories=common).codes.astype(np.int64) for _, text in sides]
    hits = [(frame["state"] == state).to_numpy(float) for frame, _ in sides]
    escaped = [np.bincount(code, hit, len(common)).astype(int) for code, hit in zip(codes, hits, strict=True)]
    n = [np.bincount(code, minlength=len(common)) for code in codes]
    shown = sides[0][0].iloc[np.unique(codes[0], return_index=True)[1]]
    varying = [name for name in names if len(shown[name].unique()) > 1]
    low, high = unpaired.newcombe((escaped[0], escaped[1]), (n[0], n[1]))
    p = unpaired.fisher((escaped[0], escaped[1]), (n[0], n[1]))
    table = (
        shown[varying]
        .reset_index(drop=True)
        .assign(
            n_first=n[0],
            n_second=n[1],
            escaped_first=escaped[0],
            escaped_second=escaped[1],
            difference=escaped[1] / n[1] - escaped[0] / n[0],
            low=low,
            high=high,
            p=p,
            adjusted_p=families.adjust(p, "holm"),
        )
    )
    seeds = [pd.factorize(frame["seed"])[0] for frame, _ in sides]
    return table, unpaired.whole((codes[0], codes[1]), (seeds[0], seeds[1]), (hits[0], hits[1]))
