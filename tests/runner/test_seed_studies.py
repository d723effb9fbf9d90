from __future__ import annotations

import pytest

from ablate.commands import seed_study
from ablate.configure import compose
from ablate.core.errors import ConfigError
from ablate.design import designs
from ablate.runner import seed_studies


def test_every_rate_is_run_at_the_baseline_of_an_experiment_and_nothing_else() -> None:
    study = seed_study.study_of(["experiment=blog", "learning_rate=1e-3,1e-2", "seed=range(4)"], seed_studies.RATES)
    settings = [setting.params() for setting in designs.settings(study)]
    assert [setting["learning_rate"] for setting in settings] == [1e-3, 1e-2]
    assert {setting["width"] for setting in settings} == {128}
    assert study.name == "rates-blog", "the study of that name keeps its folder"
    assert "loss=clipped" in seed_studies.kept_at_baseline(study)


def test_the_default_network_alone() -> None:
    study = seed_studies.alone(compose(["seed=range(4)"]))
    assert (study.name, len(designs.settings(study)), study.contrasts) == ("luck", 1, ())
    with pytest.raises(ConfigError, match="at least two levels"):
        seed_studies.over_rates(compose(["learning_rate=0.1"]))
