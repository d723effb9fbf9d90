"""What `ablate try` prints and returns for scripts: JSON, the exit status, and a page beside the results."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ablate.try_remedies import attempt, program_attempt
from ablate.try_remedies.answer import Attempt
from ablate.try_remedies.judging import Tally
from ablate.try_remedies.verdict import Option, Verdict
from tests.commands.conftest import Said

SEEN = Tally(trials=3, escaped=0, learned=0, accuracy=0.1, low=0.1, high=0.1, states={"stuck": 3})
WAY = Option(names=("a",), words=("do a",), chosen_on=SEEN, confirmed_on=SEEN, patch="model = make_model()")


@pytest.mark.parametrize(
    ("state", "way", "stopped", "status"),
    [
        ("healthy", None, "", 0),
        ("stuck", WAY, "", 1),
        ("error", WAY, "", 1),
        ("stuck", None, "", 3),
        ("stuck", None, "time", 3),
        ("outside", None, "", 2),
        ("stuck", WAY, "SIGINT", 130),
    ],
)
def test_the_exit_status_says_what_came_out(
    state: str,
    way: Option | None,
    stopped: str,
    status: int,
    said: Said,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = Verdict(program="net.py:make_model", state=state, baseline=SEEN, recommended=way, stopped=stopped)
    monkeypatch.setattr(program_attempt, "attempt", lambda *_: answer)
    monkeypatch.chdir(tmp_path)
    np.savez("d.npz", x=np.zeros((8, 2)), y=np.arange(8) % 2)
    Path("net.py").write_text("def make_model(): ...\n")
    ended, out, _ = said("try", "net.py:make_model", "d.npz", "--json")
    read = json.loads(out)
    assert ended == read["status"] == status
    assert read["state"] == state
    assert read["recommended"] == (None if way is None else json.loads(json.dumps(dataclasses.asdict(way))))
    assert [page.name for page in tmp_path.rglob("*.html")] == ["net-make_model.try.html"]
    plain, out, _ = said("try", "net.py:make_model", "d.npz")
    assert (plain, out.splitlines()[0].split(".")[0]) == (status, "net")


@pytest.mark.parametrize(("early", "stopped"), [(True, ""), (False, ""), (False, "SIGINT")])
def test_the_answer_of_a_study_is_printed_once_and_before_the_report_if_it_is_whole(
    early: bool, stopped: str, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = SimpleNamespace(
        answer_text=lambda: "the answer",
        text=lambda: "the answer\n\nthe folder",
        summary=SimpleNamespace(text=lambda: "the folder", stopped=stopped),
    )

    def tried(_: object, *, before_report: Callable[[Attempt], str]) -> object:
        if early:
            print(before_report(answer))  # type: ignore[arg-type]
            print("Writing the report.")
        return answer

    monkeypatch.setattr(attempt, "attempt", tried)
    status, *streams = said("try", "model=cnn")
    text = streams[bool(stopped)].split("\n")
    assert status == (130 if stopped else 0)
    assert [line for line in text if line] == [
        "the answer", *(["Writing the report."] if early else []), "the folder",
    ]  # fmt: skip
    assert not streams[not stopped]
