from __future__ import annotations

from dataclasses import replace

from ablate.engine.callback.records import Course, Look
from ablate.watching import judge
from ablate.watching.sign import Symptom
from tests.audit.conftest import healthy, stuck

EARLY = Symptom(code="stuck", since=0, what="accuracy .5 after 30 steps.", settled=False)
COURSE = Course(step=30, total=300, looks=(Look(step=30, epoch=3, train=0.5, update=0.01),), train_rows=256, chance=0.5)


def test_early_on_large_steps_alone_are_no_reason() -> None:
    large = stuck(replace(healthy(), steps=replace(healthy().steps, rates=(1.0,) * 4)), metric="")
    assert judge.judged(EARLY, COURSE, large) is None
    later = judge.judged(replace(EARLY, settled=True), COURSE, large)
    assert later is not None
    assert later.cause == "large_steps"


def test_a_cause_that_an_experiment_shows_is_told_early() -> None:
    inputs = healthy().inputs
    assert inputs is not None
    probes = {**healthy().probes, "adam": replace(healthy().probes["adam"], accuracy=0.5, train_mode=0.5)}
    far = stuck(replace(healthy(), inputs=replace(inputs, mean=1e3), probes=probes), metric="")
    finding = judge.judged(EARLY, COURSE, far)
    assert finding is not None
    assert finding.cause == "input_scale"


def test_a_usual_update_names_no_cause() -> None:
    unknown = judge.judged(replace(EARLY, settled=True), COURSE, None)
    assert unknown is not None
    assert (unknown.cause, unknown.sure) == ("", 0.0)
    assert judge.judged(replace(EARLY, settled=True, alone=False), COURSE, None) is None


def test_raw_outputs_read_as_probabilities_explain_a_fall_although_they_were_there_from_the_beginning() -> None:
    raw = {"activation": "linear", "lowest": -3.0, "highest": 4.0, "fused": False}
    seen = stuck(replace(healthy(), head=replace(healthy().head, **raw)), metric="")
    finding = judge.judged(Symptom(code="collapsed", since=20, what="it fell."), COURSE, seen)
    assert finding is not None
    assert finding.cause == "logits_as_probabilities"
