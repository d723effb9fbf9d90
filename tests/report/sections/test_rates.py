"""How trials end with each level, and the figure of the first screen, from trials that a rule ends."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from ablate.outcomes.states import STATES
from ablate.report.page_parts import Conclusion, Table, TableFile
from ablate.report.pictures import Picture
from ablate.report.sections import rates
from ablate.report.trial_groups import TrialGroup

LOSSES, WIDTHS = ["clipped", "fused", "mse"], ["64", "256"]
BASELINE = {"loss": "clipped", "width": "64"}


def end(loss: str, width: str, seed: int) -> str:
    """Fused escapes always, mse with seed 0; what else is narrow sticks, what is wide collapses."""
    if loss == "fused" or (loss == "mse" and seed == 0):
        return "escaped"
    return "stuck" if width == "64" else "collapsed"


def group(widths: Sequence[str] = WIDTHS, losses: Sequence[str] = LOSSES, **more: Any) -> TrialGroup:
    """Four seeds of every setting, of which results decided on the last."""
    rows = []
    for loss, width, seed in itertools.product(losses, widths, range(4)):
        state = end(loss, width, seed)
        rows.append((f"{loss}{width}{seed}", seed, loss, width, state, 0.9 if state == "escaped" else 0.1 + seed / 100))
    trials = pd.DataFrame(rows, columns=["id", "seed", "loss", "width", "state", "final_accuracy"])
    for name, levels in (("loss", LOSSES), ("width", ["64", "128", "256"]), ("state", list(STATES))):
        trials[name] = pd.Categorical(trials[name], levels)
    plain: dict[str, Any] = {"first_seeds": (0, 1, 2), "within": (("start", "fresh"),), "title": "Prevention"}
    return TrialGroup(key="a/b", lead="Lead.", trials=trials, **plain | more)


def inputs(*groups: TrialGroup, searched: bool = False) -> Any:
    compared = [one for one in groups if not one.aside]
    return SimpleNamespace(
        groups=compared, aside=[one for one in groups if one.aside], baseline=BASELINE,
        results=SimpleNamespace(searched=searched), claim=SimpleNamespace(target=0.8),
    )  # fmt: skip


def test_a_level_counts_its_trials_on_the_first_seeds() -> None:
    frame = rates.level_table(group())
    assert frame["level"].tolist() == ["clipped", "fused", "mse", "64", "256"]
    assert frame.index.tolist() == [0, 1, 2, 3, 4]
    assert frame["factor"].tolist() == ["loss"] * 3 + ["width"] * 2
    assert (frame["n"].tolist(), frame["seeds"].unique().tolist()) == ([6, 6, 6, 9, 9], [3])
    assert frame["escaped"].tolist() == [0, 6, 2, 4, 4]
    assert frame["escape_rate"].tolist() == pytest.approx([0, 1, 1 / 3, 4 / 9, 4 / 9])
    assert frame["accuracy"].tolist() == pytest.approx([0.11, 0.9, 0.12, 0.12, 0.12])
    assert set(frame["question"]) == {"Prevention"}
    assert len(rates.level_table(group(["64"], ["fused"]))) == 0


def test_intervals_over_seeds_are_told_and_later_trials_are_left_out() -> None:
    note = rates._seeds_note(group())
    assert "with 3 seeds, a level whose trials all escape has the interval from 0.29 to 1." in note
    assert "6 trials on later seeds are left out" in note
    assert "left out" not in rates._seeds_note(group(first_seeds=()))
    assert "from 0.40 to 1" in rates._seeds_note(group(first_seeds=()))


def test_the_section_has_a_figure_a_table_and_a_file_for_each_group() -> None:
    parts = list(rates._parts(inputs(group(), group(aside=True, title="Aside"), group(["64"], ["fused"]))))
    assert [type(part) for part in parts] == [Conclusion, Picture, Table, TableFile, Table, TableFile]
    says, picture, table, file, *_ = parts
    assert isinstance(says, Conclusion)
    assert says.text == "Prevention: of 5 levels, 1 escape in every comparable trial and 1 in none."
    assert isinstance(picture, Picture)
    assert (picture.name, picture.size) == ("levels-a-b", (8.2, 1.5 + 0.25 * 5))
    assert picture.caption.startswith("Prevention: how trials ended, by level. Shares")
    assert isinstance(table, Table)
    assert table.rows[1].link == "start=fresh&loss=fused"
    assert table.note.startswith("Lead. Settings count equally.")
    assert "question" not in table.columns
    assert isinstance(file, TableFile)
    assert file.name == "levels"


def test_links_name_the_other_levels_that_can_be_compared() -> None:
    own = group()
    rest = own.trials[(own.trials["loss"] != "mse") | (own.trials["width"] == "64")]
    table = next(part for part in rates._parts(inputs(replace(own, trials=rest))) if isinstance(part, Table))
    assert [row.link for row in table.rows[:3]] == [f"start=fresh&loss={loss}&width=64" for loss in LOSSES]


def test_a_figure_has_at_most_120_bars() -> None:
    frame = pd.DataFrame({"factor": "f", "level": [f"l{at}" for at in range(130)]} | dict.fromkeys(STATES, 2))
    info = rates._by_level(group(), frame)
    assert (len(info.labels), info.counts.shape) == (120, (120, len(STATES)))
    assert info.labels[1] == "f: l1"


def test_the_baseline_comes_first_then_single_remedies_by_their_rate() -> None:
    info = rates._single_remedies(group(), BASELINE)
    assert info is not None
    assert info.title == "Prevention: the baseline, and each remedy alone"
    assert info.labels == ("baseline", "loss: fused", "loss: mse", "width: 256")
    assert info.counts[:, [STATES.index("escaped"), STATES.index("collapsed")]].tolist() == [[0, 0], [4, 0], [1, 0],
                                                                                          [0, 4]]  # fmt: skip
    assert info.accuracy is not None
    assert info.accuracy[1].tolist() == [0.9, 0.9, 0.9]
    assert info.accuracy[0].tolist() == pytest.approx([0.115, 0.1, 0.13])


def test_of_equally_good_remedies_that_of_the_first_factor_comes_first() -> None:
    own = group(["64", "128", "256"])
    rows = own.trials.assign(state=pd.Categorical(["stuck"] * len(own.trials), STATES))
    columns = ["id", "seed", "width", "loss", "state", "final_accuracy"]
    info = rates._single_remedies(replace(own, trials=rows[columns]), BASELINE)
    assert info is not None
    assert info.labels == ("baseline", "width: 128", "width: 256", "loss: fused", "loss: mse")


def test_without_the_baseline_or_single_remedies_there_is_no_such_figure() -> None:
    own = group()
    both = (own.trials["loss"] != "clipped").to_numpy().astype(int) + (own.trials["width"] != "64").to_numpy()
    assert rates._single_remedies(replace(own, trials=own.trials[both != 0]), BASELINE) is None
    assert rates._single_remedies(replace(own, trials=own.trials[both != 1]), BASELINE) is None
    assert rates._single_remedies(group(["64"], ["fused"]), BASELINE) is None


@pytest.mark.parametrize(("most", "words"), [(3, "each remedy"), (2, "the best 2 of 3 remedies")])
def test_many_remedies_are_cut(most: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rates.BEST == 30
    monkeypatch.setattr(rates, "BEST", most)
    info = rates._single_remedies(group(), BASELINE)
    assert info is not None
    assert info.title == f"Prevention: the baseline, and {words} alone"
    assert len(info.labels) == most + 1


def test_the_first_screen_shows_single_remedies_with_their_accuracy() -> None:
    picture = rates.glance(inputs(group(), group()))
    assert (picture.name, picture.size) == ("glance", (10.4, 1.5 + 0.25 * 4))
    assert picture.caption.endswith("Right panel: accuracy at the end, median and range.")
    figure = Figure()
    picture.draw(figure)
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()][:2] == ["baseline", "loss: fused"]
    assert right.get_xlabel() != left.get_xlabel()
    assert left.get_subplotspec().get_gridspec().get_width_ratios() == [3, 1]  # type: ignore[union-attr]
    assert left.get_shared_y_axes().joined(left, right)


def test_without_single_remedies_it_shows_levels_or_all_trials() -> None:
    own = group()
    both = (own.trials["loss"] != "clipped").to_numpy().astype(int) + (own.trials["width"] != "64").to_numpy()
    pairs = replace(own, trials=own.trials[both == 2])
    assert rates.glance(inputs(pairs)).caption.startswith("Prevention: how trials ended, by level.")
    whole = rates.glance(inputs(pairs, searched=True))
    assert whole.caption.startswith("Prevention: how trials ended. Shares")
    assert whole.size == (8.2, 1.75)
    alone = rates.glance(inputs(group(["64"], ["fused"])))
    assert alone.chart is not None
    assert alone.chart.rows[0].states == {"escaped": 4}  # type: ignore[attr-defined]
    assert alone.chart.rows[0].labels == ("all trials",)  # type: ignore[attr-defined]


def test_heat_maps_are_files_of_two_events_for_each_group_with_two_factors() -> None:
    pictures = rates.heats(inputs(group(), group(["64"])))
    assert [picture.name for picture in pictures] == ["heat-escape-a-b", "heat-collapse-a-b"]
    assert {picture.size for picture in pictures} == {(2.2 + 0.85 * 2, 1.6 + 0.5 * 3)}
    assert not any(picture.on_page for picture in pictures)
    assert pictures[0].caption.endswith("hatched: the interval holds 80\u00a0%.")
    assert rates.heats(inputs(group(), searched=True)) == []
    own = group()
    three = own.trials.copy()
    three.insert(2, "depth", pd.Categorical(["1", "2"] * 12))
    assert len(rates.heats(inputs(replace(own, trials=three)))) == 2
