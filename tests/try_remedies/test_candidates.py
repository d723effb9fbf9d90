"""Which remedies are tried on a model."""

from __future__ import annotations

from ablate import configure
from ablate.try_remedies.answer_text import preface
from ablate.try_remedies.candidates import Candidates, choose
from ablate.try_remedies.stages import Levels
from tests.try_remedies.worlds import stages_of


def test_the_candidates_leave_out_what_the_model_has_already(stack: Candidates) -> None:
    tried = {factor.name: [level.name for level in factor.levels[1:]] for factor in stack.study.varying}
    assert tried["learning_rate"] == ["0.0001", "1e-05", "0.01"]
    assert tried["loss"] == ["fused"]
    assert tried["optimizer"] == ["momentum"]
    assert tried["width"] == ["16"]
    assert tried["activation"] == ["leaky_relu"]
    assert tried["normalization"] == ["batch"]
    assert tried["initializer"] == ["he"]
    assert "dropout" not in tried
    assert not stack.left_out


def test_a_loss_that_is_fused_already_is_not_tried_again() -> None:
    own = choose(
        configure.compose(["loss=keras", "dropout=0.3", "normalization=layer", "clipping=norm", "activation=tanh"])
    )
    tried = {factor.name: [level.name for level in factor.levels[1:]] for factor in own.study.varying}
    assert tried["loss"] == ["label_smoothing"]
    assert tried["dropout"] == ["0.0"]
    assert tried["normalization"] == ["off"]
    assert tried["activation"] == ["leaky_relu", "relu"]
    assert "clipping" not in tried


def test_levels_that_the_user_lists_are_tried_in_place_of_the_candidates() -> None:
    own = choose(configure.compose(["learning_rate=0.5,0.001", "baseline.learning_rate=0.5"]))
    assert [level.name for level in own.study.factor("learning_rate").levels] == ["0.5", "0.001"]


def test_one_value_in_the_words_fixes_a_factor() -> None:
    own = choose(configure.compose(["learning_rate=0.5", "loss.eps=1e-5"]), given={"learning_rate", "loss", "loss.eps"})
    tried = {factor.name for factor in own.study.varying}
    assert not {"learning_rate", "loss"} & tried
    assert own.left_out["learning_rate"] == own.left_out["loss"] == "one value is given"
    assert "optimizer" in tried
    listed = choose(configure.compose(["learning_rate=0.5,0.1", "baseline.learning_rate=0.5"]), given={"learning_rate"})
    assert [level.name for level in listed.study.factor("learning_rate").levels] == ["0.5", "0.1"]


NETS = "tests.engine.nets"


def test_what_the_layers_leave_no_place_for_is_asked_of_the_builder_or_left_out() -> None:
    own = choose(configure.compose([f"model={NETS}:branches", "seed=0"]))
    assert set(own.by_argument) == {"width"}
    assert "no such argument" in own.left_out["activation"]
    levels: Levels = (("width", own.study.factor("width").levels[1].name),)
    setting = stages_of(own).setting(levels)
    assert setting["model"].params["arguments"] == {"width": 4}
    assert setting["model"].params["template"]["width"] == 4
    assert setting["width"].params == 4


def test_layers_without_a_common_width_say_so_and_name_no_level_of_ours() -> None:
    own = choose(configure.compose([f"model={NETS}:recurrent", "seed=0"]))
    assert "no common width" in own.left_out["width"]
    compiled = preface(own, ()).splitlines()[1]
    assert "optimizer=" in compiled
    assert not any(f" {name}=" in compiled for name in ("activation", "dropout", "normalization", "regularizer"))
