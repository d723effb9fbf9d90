from __future__ import annotations

import dataclasses

from ablate.configure import compose
from ablate.core.study import Contrast
from ablate.design import designs
from ablate.runner import planned_power
from ablate.stats.power import Family


def family(*words: str) -> Family | None:
    study = compose(words)
    return planned_power.family(study, designs.settings(study))


def test_the_family_is_what_the_report_corrects_together() -> None:
    assert family("loss=clipped,fused,mse", "width=32,64") == Family(comparisons=3, strata=2, declared=False)
    alone = family("loss=clipped,fused,mse", "width=32,64", "design=one_at_a_time")
    assert alone == Family(comparisons=3, strata=1, declared=False)
    assert family("loss=fused") is None
    blog = family("experiment=blog")
    assert blog is not None
    assert (blog.comparisons, blog.declared) == (8, True)


def test_contrasts_count_where_they_are_declared() -> None:
    asked = Contrast(factor="loss", level="fused", against="clipped", at={"width": ["32"]})
    study = dataclasses.replace(compose(["loss=clipped,fused", "width=32,64,128"]), contrasts=(asked,))
    expected = Family(comparisons=1, strata=1, declared=True)
    assert planned_power.family(study, designs.settings(study)) == expected


def test_the_lines_name_seeds_and_cost_for_each_rate() -> None:
    study = compose(["loss=clipped,fused", "seed=range(20)"])
    lines = [*planned_power.lines(study, Family(comparisons=1, strata=1, declared=False), (0.0, 0.5), 0.5)]
    assert len(lines) == 4
    assert lines[0].startswith("power     1 level against the baseline")
    assert lines[1].endswith("20 seeds show")
    assert lines[2].split()[0] == "0.00"
    assert "25 (12.5 min)" in lines[2]
    assert "46 (23.0 min)" in lines[3]
