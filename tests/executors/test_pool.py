from __future__ import annotations

import sys
from pathlib import Path
from unittest import mock

import pytest

from ablate.core.errors import AblateError, ConfigError
from ablate.core.study import Execution
from ablate.executors import pool
from ablate.executors.pool import Wanted, start
from ablate.outcomes.curves import Curves
from tests import fake_engine
from tests.executors.test_local import stack

ROOT = Path(__file__).parents[2]


def test_a_missing_package_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, package in (("ray", "ray"), ("slurm", "submitit")):
        monkeypatch.setitem(sys.modules, package, None)
        wanted = Wanted(execution=Execution(executor=name), workers=1, warm="", folder=ROOT)
        with pytest.raises(ConfigError, match=rf"executor={name}.*ablate-plateau\[{name}\]"), start(wanted):
            pass


def test_another_executor_is_unknown() -> None:
    wanted = Wanted(execution=Execution(executor="rai"), workers=1, warm="", folder=ROOT)
    with pytest.raises(ConfigError, match="Did you mean 'ray'"), start(wanted):
        pass


@mock.patch.dict("os.environ")  # it sets the variables of its process, which is a worker's elsewhere
def test_a_remote_answer_is_a_value_or_an_error() -> None:
    assert pool.answer(fake_engine.check_losses, ([1, 2],)) == ("value", {"trials": 2})
    kind, text = pool.answer(fake_engine.check_losses, (5,))
    assert (kind, text.split(":")[0]) == ("error", "TypeError")
    assert pool.answer(len, ("ab",), "no_such_module")[0] == "error"


def test_what_became_of_a_stack() -> None:
    one = stack(1, 2)
    curves = [Curves(id=trial.id, signals={}) for trial in one.trials]
    assert pool.done_of(one, "value", curves).curves == tuple(curves)
    assert pool.done_of(one, "value", curves[1:]).error == "training returned other trials than it was given"
    assert pool.done_of(one, "error", ValueError()).error == "ValueError"
    assert not pool.done_of(one, "error", "it broke").lost


def test_a_lost_call_is_tried_a_second_time() -> None:
    answers: list[tuple[str, object] | str] = ["node died", ("value", 3)]
    assert pool.call_twice(len, lambda: answers.pop(0)) == 3
    with pytest.raises(AblateError, match=r"^A worker must survive `len`\. It was lost twice: node died\.$"):
        pool.call_twice(len, lambda: "node died")
    with pytest.raises(ConfigError, match="no such level"):
        pool.call_twice(len, lambda: ("error", ConfigError("no such level")))
    with pytest.raises(AblateError, match="TypeError: x"):
        pool.call_twice(len, lambda: ("error", "TypeError: x"))
