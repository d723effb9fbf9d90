"""Two studies, or one study under two versions, side by side: what changed beyond noise, paired where trials match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.core.study import canonical
from ablate.results.study_results import Results
from ablate.results.trial_frame import level_name
from ablate.stats import contrasts, families


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """What two studies have in common, and where they part.

    Attributes:
        first, second: their names, made different if they are not.
        apart: per factor (and budget or engine) that is fixed in each, but not at the same level: (name, first,
            second).
        pairs: one row a matched trial: the factors by level name, `seed`, `id_first`, `id_second`, `state_first`,
            `state_second`.
        settings: one row a matched setting: factors, `pairs`, `escaped_first`, `escaped_second`, `difference` (second
            less first), `low`, `high`, `p`, `adjusted_p` (Benjamini-Hochberg), `changed` (pairs with another state).
        whole: the difference over all pairs, or None if there are none.
        only_first, only_second: trials without a partner.
        same_ids: pairs that are the same trial by content.
    """

    first: str
    second: str
    apart: tuple[tuple[str, str, str], ...]
    pairs: pd.DataFrame
    settings: pd.DataFrame
    whole: contrasts.Difference | None
    only_first: int
    only_second: int
    same_ids: int


def compare(first: Results, second: Results, state: str = "escaped") -> Comparison:
    """Pairs trials with the same seed and the same parameters of every factor that the studies do not set apart.

    Raises:
        ConfigError: two factors of one study would have to share a name.
    """
    apart = _apart(first, second)
    fixed = {name for name, _, _ in apart}
    names = [name for name in _factors(first, second) if name not in fixed]
    left, right = _keyed(first, second, names), _keyed(second, first, names)
    keys = [*(f"{name} " for name in names), "seed"]
    if left.duplicated(keys).any() or right.duplicated(keys).any():
        raise ConfigError("Trials must be told apart by seed and the shared factors. Received several in one place.")
    joined = left.merge(
        right.drop(columns=names), on=keys, how="outer", suffixes=("_first", "_second"), indicator="side"
    )
    pairs = joined[joined["side"] == "both"].reset_index(drop=True)
    varying = [name for name in names if len(pairs[name].unique()) > 1]
    columns = [*varying, "seed", "id_first", "id_second", "state_first", "state_second", "bits"]
    pairs = pairs.assign(bits=pairs["id_first"] == pairs["id_second"]).sort_values([*varying, "seed"], kind="stable")
    settings, whole = _differences(pairs, varying, state)
    one, other = first.study.name, second.study.name
    return Comparison(
        first=one if one != other else f"{one} ({first.folder})",
        second=other if one != other else f"{other} ({second.folder})",
        apart=apart,
        pairs=pairs[columns].drop(columns="bits").reset_index(drop=True),
        settings=settings,
        whole=whole,
        only_first=int((joined["side"] == "left_only").sum()),
        only_second=int((joined["side"] == "right_only").sum()),
        same_ids=int(pairs["bits"].sum()),
    )


def _factors(first: Results, second: Results) -> list[str]:
    return list(dict.fromkeys(factor.name for results in (first, second) for factor in results.study.factors))


def _texts(results: Results, name: str) -> dict[str, str]:
    """Canonical parameters by level name; a factor the study lacks stands at its neutral level."""
    from ablate.remedies import neutral

    for factor in results.study.factors:
        if factor.name == name:
            return {level.name: level.text for level in (factor.baseline, *factor.levels)}
    return {"": canonical(neutral().get(name))}


def _used(results: Results, name: str) -> list[str]:
    return [str(level) for level in results.trials[name].unique()] if name in results.trials else [""]


def _apart(first: Results, second: Results) -> tuple[tuple[str, str, str], ...]:
    found = []
    for name in _factors(first, second):
        one, other = _used(first, name), _used(second, name)
        if len(one) == len(other) == 1:
            texts = _texts(first, name).get(one[0], one[0]), _texts(second, name).get(other[0], other[0])
            if texts[0] != texts[1]:
                found.append((name, one[0] or texts[0], other[0] or texts[1]))
    for name in ("steps", "looks"):
        values = [str(getattr(results.study.budget, name)) for results in (first, second)]
        found += [(name, values[0], values[1])] if values[0] != values[1] else []
    if first.study.engine != second.study.engine:
        found.append(("engine", first.study.engine, second.study.engine))
    return tuple(found)


def _keyed(results: Results, other: Results, names: list[str]) -> pd.DataFrame:
    """The trials with, per factor, the parameters' text as key and a name to show."""
    frame = results.trials
    columns: dict[str, object] = {}
    for name in names:
        texts = _texts(results, name)
        levels = frame[name].astype(str) if name in frame else pd.Series([""] * len(frame))
        keys = levels.map(lambda level, texts=texts: texts.get(level, level))
        columns[f"{name} "] = keys.to_numpy()
        shown = {text: _shown(results, other, name, text) for text in keys.unique()}
        columns[name] = keys.map(shown).to_numpy()
    columns |= {
        "seed": frame["seed"].to_numpy(),
        "id": frame["id"].to_numpy(),
        "state": frame["state"].astype(str).to_numpy(),
    }
    return pd.DataFrame(columns)


def _shown(results: Results, other: Results, name: str, text: str) -> str:
    import json

    for factors in (results.study.factors, other.study.factors):
        for factor in factors:
            if factor.name == name:
                return level_name(factor, json.loads(text))
    return text


def _differences(
    pairs: pd.DataFrame, varying: list[str], state: str
) -> tuple[pd.DataFrame, contrasts.Difference | None]:
    """Per setting and over all of them; seeds are the units, settings the strata."""
    if not len(pairs):
        return pd.DataFrame(), None
    groups = pairs.groupby(varying, sort=False).ngroup().to_numpy() if varying else np.zeros(len(pairs), int)
    seeds, _ = pd.factorize(pairs["seed"])
    shape = (int(groups.max()) + 1, int(seeds.max()) + 1)
    one, other = np.full(shape, np.nan), np.full(shape, np.nan)
    one[groups, seeds] = (pairs["state_first"] == state).to_numpy(float)
    other[groups, seeds] = (pairs["state_second"] == state).to_numpy(float)
    changed = np.bincount(groups, weights=(pairs["state_first"] != pairs["state_second"]).to_numpy(float))
    rows = []
    for group in range(shape[0]):
        found = contrasts.difference(other[group : group + 1], one[group : group + 1])
        rows.append(
            {
                "pairs": found.pairs,
                "escaped_first": int(np.nansum(one[group])),
                "escaped_second": int(np.nansum(other[group])),
                "difference": found.estimate,
                "low": found.low,
                "high": found.high,
                "p": found.p,
                "changed": int(changed[group]),
            }
        )
    table = pd.DataFrame(rows)
    table.insert(7, "adjusted_p", families.adjust(table["p"].to_numpy(float), "fdr_bh"))
    first = np.unique(groups, return_index=True)[1]
    keys = pairs.take(first)[varying].reset_index(drop=True)
    return pd.concat([keys, table], axis=1), contrasts.difference(other, one)
