from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from ablate import configure
from ablate.configure.design_from_config import design_parts
from ablate.configure.levels_from_config import Source
from ablate.core.errors import ConfigError
from ablate.core.study import Factor, Json, Level
from ablate.design import designs
from tests.configure.messages import message

TWO = ["loss=clipped,fused", "width=8,16"]


def test_a_union_is_split_and_its_exclusions_hold_for_each_part() -> None:
    parts = "[{kind: full, exclude: [{loss: fused}]}, {kind: pairs}]"
    study = configure.compose([*TWO, f"design={{level: union, parts: {parts}, exclude: [{{width: 8}}]}}"])
    assert study.designs == (
        {"kind": "full", "exclude": [{"width": 8}, {"loss": "fused"}]},
        {"kind": "pairs", "exclude": [{"width": 8}]},
    )


def test_several_designs_are_run_as_one_and_share_a_parameter() -> None:
    study = configure.compose([*TWO, "design=full,pairs", "design.factors=[loss]"])
    assert study.designs == ({"kind": "full", "factors": ["loss"]}, {"kind": "pairs", "factors": ["loss"]})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["design.factors=3"], "`design.factors` must be a list or a mapping. Received: 3."),
        (["design=fraction", "design.settings=[8]"], "`design.settings` must be a whole number. Received: [8]."),
        (["design=explicit", "design.settings=8"], "`design.settings` must be a list. Received: 8."),
        (
            ["design.factors={loss: fused}"],
            "`design.factors` must map factors to lists of levels. Received: {'loss': 'fused'}.",
        ),
        (
            ["design.factors=[loss],[width]"],
            (
                "`design.factors` must have one value. Received: [['loss'], ['width']]. "
                "To run several designs as one, name them: `design=full,pairs`."
            ),
        ),
        (["design={level: union, parts: [3]}"], "A design must be a mapping with a `kind`. Received: 3."),
        (["design=ful"], "Unknown design: 'ful'. Did you mean 'full'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_design_that_cannot_be_is_one_clear_message(given: list[str], expected: str) -> None:
    assert message([*TWO, *given]) == expected


def factor(name: str, *levels: str) -> Factor:
    built = tuple(Level(name=level, params={"kind": level}) for level in levels)
    return Factor(name=name, levels=built, baseline=built[0])


LOSS, WIDTH = factor("loss", "fused", "mse"), factor("width", "8", "16")


def parts(design: Json, replaced: str = "loss") -> tuple[Json, ...]:
    """Return the parts of an experiment's design for a study of `loss=fused,mse` and `width=8,16`."""
    return design_parts(Source(config={"design": design}, choices={}, replaced=frozenset([replaced])), [LOSS, WIDTH])


def test_a_design_that_lists_a_level_which_an_override_leaves_out_takes_the_overrides_levels() -> None:
    both = {"loss": ["clipped", "fused"], "width": ["8"]}
    assert parts({"kind": "full", "factors": both}) == ({"kind": "full", "factors": {**both, "loss": None}},)
    kept = {"kind": "full", "factors": {"loss": ["fused"], "width": ["8"]}}
    assert parts(kept) == (kept,)


def test_levels_that_no_override_has_left_out_stay_and_are_an_error_if_they_are_unknown() -> None:
    part = {"kind": "full", "factors": {"loss": ["clipped"]}, "exclude": [{"loss": "clipped"}]}
    assert parts(part, replaced="width") == (part,)
    given = ["experiment=blog", "design=full", "loss=fused", "design.factors={loss: [clipped]}"]
    assert message(given) == "Unknown level of `loss` in this study: 'clipped'."


@pytest.mark.parametrize(
    ("exclusion", "expected"),
    [
        ({"loss": "clipped"}, []),
        ({"loss": ["clipped", "post"], "width": "8"}, []),
        ({"loss": ["clipped", "fused"], "width": "8"}, [{"loss": ["fused"], "width": "8"}]),
        ({"loss": "fused", "width": "8"}, [{"loss": "fused", "width": "8"}]),
    ],
)
def test_an_exclusion_of_levels_that_an_override_leaves_out_excludes_nothing(exclusion: Json, expected: Json) -> None:
    assert parts({"kind": "full", "exclude": [exclusion]}) == ({"kind": "full", "exclude": expected},)


@pytest.mark.parametrize(
    "design",
    [
        {"kind": "leave_one_out", "remedies": {"loss": "clipped"}},
        {"kind": "explicit", "settings": [{"loss": "clipped"}]},
    ],
    ids=lambda design: design["kind"],
)
def test_a_single_setting_whose_level_an_override_leaves_out_is_told_with_what_to_do(design: Json) -> None:
    with pytest.raises(ConfigError) as caught:
        parts(design)
    assert str(caught.value) == (
        "The design of this study has a setting with `loss=clipped`, and your `loss=...` leaves this level out. "
        "Add clipped to the levels of `loss`, or choose another design, as `design=one_at_a_time`."
    )


OTHERS = {"loss": "mse,post", "learning_rate": "0.07,0.03", "width": "48,96", "optimizer": "lion,nadam"}
OTHERS |= {"normalization": "layer", "clipping": "value", "activation": "elu", "start": "fresh", "depth": "4,5"}
OTHERS |= {"initializer": "lecun", "dropout": "0.3,0.4", "input_scale": "as_is", "task": "spirals"}
"""Levels that no experiment's design names."""


def named_factors(experiment: Path) -> set[str]:
    """Return the factors whose levels an experiment's design lists."""
    design = (yaml.safe_load(experiment.read_text()) or {}).get("design", {})
    given = [part["factors"] for part in design.get("parts", [design]) if isinstance(part.get("factors"), Mapping)]
    return {name for factors in given for name, levels in factors.items() if levels is not None}


EXPERIMENTS = [path for path in sorted((configure.folder() / "experiment").glob("*.yaml")) if named_factors(path)]


def test_there_are_experiments_whose_design_lists_levels() -> None:
    assert {"blog", "loss", "rescue"} <= {path.stem for path in EXPERIMENTS}


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiments_design_takes_the_levels_that_overrides_give(experiment: Path) -> None:
    given = {name: OTHERS[name] for name in named_factors(experiment)}
    study = configure.compose(
        [f"experiment={experiment.stem}", *(f"{name}={levels}" for name, levels in given.items())]
    )
    settings = designs.settings(study)
    for name, levels in given.items():
        assert {setting[name].name for setting in settings} == set(levels.split(",")), name
