"""What a comparison of two studies found, and its words for a terminal and a notebook."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ablate.core import terminal
from ablate.core.notebook_view import preformatted
from ablate.report import tables
from ablate.report.style import decimal
from ablate.stats import contrasts, unpaired


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """What two studies have in common, and where they differ.

    Attributes:
        first, second: their names, made different if they are equal.
        apart: factors, budget and engine with one value in each study, but different ones: (name, first, second).
        pairs: one row a pair of trials: the factors by level name, `seed`, `id_first`, `id_second`, `state_first`,
            `state_second`.
        settings: one row a setting of both: factors, `pairs`, `escaped_first`, `escaped_second`, `difference` (second
            less first), `low`, `high`, `p`, `adjusted_p` (Benjamini-Hochberg), `changed` (pairs in another state).
            Without any pair, `n_first`, `n_second` (trials) instead of `pairs`, no
            `changed`, p by Fisher's exact test, and `adjusted_p` by Holm.
        whole: the difference over all pairs, or None if there are none.
        chosen: trials that are left out, because results decided that their setting gets their seed.
        gap: without any pair, the difference over all settings of both, or None if there are none.
        only_first, only_second: trials without a partner.
        same_ids: pairs of trials with the same id, that is, with the same setting, seed, budget and engine.
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
    chosen: int = 0
    gap: unpaired.Gap | None = None

    def summary(self) -> list[str]:
        """Say what changed, in sentences with numbers and intervals."""
        first, second = self.first, self.second
        lines = [f"{len(self.pairs)} trials of {first} and {second} are pairs: same seed, same setting."]
        if self.whole is None:
            lines = [f"{first} and {second} share no seed in any setting of both, so their trials cannot be paired."]
        lines += [
            f"The studies differ in {name}: {one} in the first, {other} in the second."
            for name, one, other in self.apart
        ]
        if self.only_first or self.only_second:
            lines.append(f"Trials without a partner: {self.only_first} of the first, {self.only_second} of the second.")
        whole = self.whole
        if self.chosen:
            lines.append(
                f"Left out are {self.chosen} trials on seeds that only some settings got, because of their results."
            )
        if whole is None:
            return [*lines, *self._unpaired()]
        beyond = int((self.settings["adjusted_p"] < 0.05).sum())
        lines.append(
            f"Escape rate of {second} less that of {first}, each setting counted equally: "
            f"{_size(whole.estimate, whole.low, whole.high)} (95 % interval over {whole.seeds} seeds; {whole.pairs} "
            f"pairs, {whole.gained} gained, {whole.lost} lost)."
        )
        lines.append(
            f"p = {whole.p:.2g} if the studies are exchangeable within a seed, p = {whole.rates_p:.2g} if their rates "
            "are equal."
        )
        lines.append(
            f"{self.settings['changed'].sum()} of {whole.pairs} pairs ended in different states. The escape rate of "
            f"{beyond} of {len(self.settings)} settings changed beyond noise (McNemar's exact test, Benjamini-Hochberg "
            "over these settings, 5 %). Intervals of single settings are Tango's, 95 % for each alone."
        )
        if self.same_ids:
            lines.append(
                f"{self.same_ids} pairs are trials with the same id: if their states differ, the software changed."
            )
        return lines

    def _unpaired(self) -> list[str]:
        """Say how the rates of the common settings differ, for studies that share no seed."""
        gap, settings = self.gap, self.settings
        if gap is None:
            return ["Nothing can be compared: no setting of one study is a setting of the other."]
        beyond = int((settings["adjusted_p"] < 0.05).sum())
        seeds = f"{gap.first_seeds} in the first, {gap.second_seeds} in the second"
        size = _size(gap.estimate, gap.low, gap.high)
        family = "(Fisher's exact test, Holm over these settings, 5 %)"
        return [
            f"Their rates are compared instead, unpaired, in the {gap.settings} settings of both.",
            f"Seeds are not shared ({seeds}), so intervals are wider than those of pairs.",
            f"Escape rate of {self.second} less that of {self.first}, each setting counted equally: {size} (95 %).",
            f"The rate of {beyond} of {gap.settings} settings differs beyond noise {family}.",
            "Intervals of single settings are Newcombe's, 95 % for each alone.",
        ]

    def text(self, rows: int = 20) -> str:
        """Return the summary, and the settings that changed, those that changed most first, for a terminal.

        Args:
            rows: the most settings.
        """
        changed = self.by_change()
        if len(changed):
            changed = changed[changed["difference"].ne(0.0) | changed.filter(["changed"]).gt(0).any(axis=1)]
        summary = terminal.filled("\n".join(self.summary())) + "\n"
        return summary + ("\n" + tables.text(changed.head(rows), keys=_keys(changed)) if len(changed) else "")

    def by_change(self) -> pd.DataFrame:
        """Return the settings, those that changed most beyond noise first."""
        settings = self.settings
        if not len(settings):
            return settings
        ordered = settings.assign(size=-settings["difference"].abs())
        return ordered.sort_values(["adjusted_p", "size"], kind="stable", ignore_index=True).drop(columns="size")

    def __repr__(self) -> str:
        return f"<Comparison of {self.first} and {self.second}: {len(self.pairs)} pairs, {len(self.settings)} settings>"

    def _repr_html_(self) -> str:
        return preformatted(self.text())


def _keys(settings: pd.DataFrame) -> int:
    """Return how many columns stand before the counts: the factors."""
    return next(at for at, name in enumerate(settings.columns) if name in ("pairs", "n_first"))


def _size(difference: float, low: float, high: float) -> str:
    """Return a difference with its interval."""
    return f"{decimal(difference, sign=True)} [{decimal(low, sign=True)}, {decimal(high, sign=True)}]"
