"""What the page compares, and in which order."""

from __future__ import annotations

import pytest

from ablate.report import comparisons, small_effects
from ablate.report.section_inputs import Inputs, section_inputs
from ablate.report.sections import effects
from ablate.results.study_results import Results
from tests import recorded


@pytest.fixture(scope="module")
def inputs(whole: Results) -> Inputs:
    return section_inputs(whole)


def test_effects_at_the_baseline_stand_first_and_means_second_named_so(inputs: Inputs) -> None:
    section = effects.section(inputs)
    shown = [section.notes, [file.frame for file in section.files], [one.caption for one in section.pictures]]
    recorded.same("effects_section", "\n".join(recorded.lines(shown)))
    titles = [table.title for table in section.tables]
    assert titles[0] == "Prevention: difference of escape rates of the declared contrasts, at the baseline"
    assert titles[1] == "Prevention: difference of escape rates of every level, at the baseline"
    assert titles[2] == "Prevention: difference of escape rates of the declared contrasts, as a mean over a mixed grid"
    assert section.pictures[0].name == "forest-declared-baseline-escape"


def test_at_the_baseline_each_seed_gives_one_pair_unless_a_contrast_declares_several_levels(inputs: Inputs) -> None:
    families, missing = comparisons.compared(inputs, inputs.groups[0], "escaped")
    kinds = [(family.name, family.here) for family, _ in families]
    assert kinds == [
        ("declared at the baseline", True),
        ("screen at the baseline", True),
        ("declared", False),
        ("screen", False),
    ]
    assert missing == []
    assert (families[0][1]["strata"] == 1).all()
    assert families[0][1]["at"].tolist() == ["", "", "learning_rate=0.001"]
    fused = families[1][1].set_index("level").loc["fused"]
    assert fused["estimate"] > families[3][1].set_index("level").loc["fused"]["estimate"]


def test_where_every_comparison_is_at_the_baseline_it_is_shown_once(union_results: Results) -> None:
    inputs = section_inputs(union_results)
    names = [table.title for table in effects.section(inputs).tables]
    assert len(names) == len(set(names))
    files = effects.section(inputs).files[0].frame
    assert {"declared", "screen"} <= set(files["family"]), "what reads contrasts.csv finds its families"


def test_a_null_result_is_said(inputs: Inputs) -> None:
    (notes,) = [note for note in effects.section(inputs).notes if "can be shown" in note]
    assert notes == (
        "Prevention: with 12 seeds no level that changes nothing can be shown to be worth less than 0.1: that takes 29 "
        "seeds."
    )
    frame = comparisons.compared(inputs, inputs.groups[0], "escaped")[0][1][1]
    many = frame.assign(seeds=40, less_p=0.01, adjusted_less_p=0.02, adjusted_small_p=[0.01] + [0.2] * (len(frame) - 1))
    assert "no level is worth 0.1 or more at the baseline" in small_effects.sentence(many)
    assert small_effects.words(many)[:2] == ["equivalent", "worth less than 0.1"]
    some = many.assign(less_p=[0.3] + [0.01] * (len(frame) - 1), adjusted_less_p=[0.9] + [0.02] * (len(frame) - 1))
    text = small_effects.sentence(some)
    assert text.startswith(f"{len(frame) - 1} of {len(frame)} levels are shown to be worth less than 0.1")
    assert text.endswith(f"Not shown for {frame['factor'].iloc[0]}={frame['level'].iloc[0]}.")
