"""The Python API says what the command line says: every documented command, every kind of value, every refusal."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import inspect
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ablate
from ablate import api, configure, remedies, tasks
from ablate.commands import seed_study
from ablate.configure import python_values
from ablate.configure.overrides import SHORTHAND
from ablate.configure.study_from_config import TYPES
from ablate.core.errors import AblateError, ConfigError, TaskError
from ablate.core.filesystem import Address
from ablate.runner.summary import Summary
from ablate.try_remedies import attempt, program_words
from tests.fake_sweep import study as small_study
from tests.fake_sweep import swept

ROOT = Path(__file__).parents[1]
FUNCTIONS = ("luck", "plan", "rates", "search", "sweep", "try_model")
OWN_KEYS = {"plan": {"rate", "pilot"}}
"""Keywords of a function that are no key of a study."""


def test_the_public_names_are_those_that_are_listed_and_no_others() -> None:
    assert dir(ablate) == sorted(ablate.__all__)
    for name in ablate.__all__:
        assert getattr(ablate, name)
    assert ablate.try_ is ablate.try_model
    assert not any(inspect.ismodule(getattr(ablate, name)) for name in ablate.__all__ if name != "plots")
    assert re.fullmatch(r"\d+\.\d+\.\d+", ablate.__version__)
    assert (ROOT / "ablate" / "py.typed").is_file()
    with pytest.raises(AttributeError, match="has no attribute 'swep'"):
        ablate.swep  # type: ignore[attr-defined]  # noqa: B018


def test_no_factor_and_no_key_is_forgotten() -> None:
    ours = set(remedies.registry()) - set(remedies.brought())
    listed, known = set(api.Keys.__annotations__), {*ours, *TYPES, *SHORTHAND, "design", "experiment", "data"}
    assert listed == known, f"`Keys` in ablate/api.py must list {known - listed} and must not list {listed - known}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_signature_shows_factors_and_keys(name: str) -> None:
    parameters = inspect.signature(getattr(ablate, name)).parameters
    first = "arguments" if name == "try_model" else "overrides"
    assert set(parameters) == {first, "on_event", *OWN_KEYS.get(name, ()), *api.Keys.__annotations__}
    assert parameters["loss"].annotation == "Levels"
    assert parameters["seed"].default is not inspect.Parameter.empty


def test_arrays_are_a_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLATE_DATA", str(tmp_path / "data"))
    x, y = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 3
    study = api._composed([], {"data": (x, y), "validation": (x[:9].tolist(), pd.Series(y[:9]))})
    level = study.baseline["task"]
    task = tasks.load(level.params)
    assert np.array_equal(task.probe_rows, np.arange(30, 39))
    assert level.name == f"arrays-{Path(level.params['path']).stem[:6]}"
    again = api._composed([], {"data": [pd.DataFrame(x), y], "validation": (x[:9], y[:9])})
    assert again.baseline["task"] == level
    assert len(list((tmp_path / "data").iterdir())) == 1
    with pytest.raises(ConfigError, match="Received also: path"):
        api._composed([], {"data": (x, y), "path": "d.npz"})
    with pytest.raises(ConfigError, match="need arrays as `data="):
        api._composed([], {"validation": (x, y)})
    with pytest.raises(TaskError, match="must be two arrays"):
        api._composed([], {"data": x})
    with pytest.raises(TaskError, match="numbers or texts"):
        api._composed([], {"data": (x, [object()] * 30)})


def documented() -> list[tuple[str, ...]]:
    """Every command line of `ablate` in a code block of README and docs.

    The commands of howto.md need what its steps add; `tests/documents/test_howto.py` runs them.
    """
    lines = []
    for path in (ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")} - {ROOT / "docs" / "howto.md"})):
        for block in re.findall(r"^```.*?\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            lines += re.findall(r"^ablate +((?:plan|sweep|search|try|rates|luck) .*)$", block, re.MULTILINE)
    return sorted({tuple(shlex.split(line, comments=True)) for line in lines})


def in_python(text: str) -> Any:
    """A value as one would write it in Python."""
    if found := re.fullmatch(r"range\((\d+(?:, ?\d+)*)\)", text):
        return range(*map(int, found[1].split(",")))
    if "," in text and "(" not in text:
        return [in_python(part) for part in text.split(",")]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@pytest.fixture
def a_users_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The module whose builder the documents name."""
    (tmp_path / "my_package.py").write_text("from tests.engine.nets import stack\ndef make_model(): return stack()\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield
    sys.modules.pop("my_package", None)


@pytest.mark.parametrize("words", documented(), ids=" ".join)
@pytest.mark.usefixtures("a_users_package")
def test_every_documented_command_is_a_call_that_gives_an_equal_study(words: tuple[str, ...]) -> None:
    compose: dict[str, Callable[[list[str]], Any]] = {
        "plan": configure.compose,
        "sweep": configure.compose,
        "search": lambda overrides: configure.search(overrides)[0],
        "try": attempt._study,
        "rates": lambda overrides: seed_study.study_of(overrides, "rates"),
        "luck": lambda overrides: seed_study.study_of(overrides, "luck"),
    }
    command, *rest = words
    options = {rest[at].removeprefix("--") for at in range(len(rest)) if rest[at].startswith("--")}
    assert options <= OWN_KEYS.get(command, set())
    overrides = [word for word in rest if "=" in word or command == "try"]
    if command == "try" and program_words.names_program(overrides):
        builder, data = overrides[:2]
        keys = {name: in_python(value) for name, _, value in (word.partition("=") for word in overrides[2:])}
        assert program_words.of_command(overrides) == program_words.of_call(builder, data, None, keys)
        return
    keys = {name: in_python(value) for name, _, value in (word.partition("=") for word in overrides)}
    one, other = compose[command](overrides), compose[command](python_values.overrides([], keys))
    assert dataclasses.replace(one, command="") == dataclasses.replace(other, command="")
    assert len(one.varying) > 0 or command in ("try", "luck") or "experiment" in keys


def test_commands_are_documented() -> None:
    assert {words[0] for words in documented()} == {"plan", "sweep", "search", "try", "rates", "luck"}


class Names:
    """A path that is no `pathlib.Path`."""

    def __fspath__(self) -> str:
        return "a b.npz"


@pytest.mark.parametrize(
    ("keys", "overrides"),
    [
        ({"loss": {"level": "clipped", "eps": 1e-3}}, ["loss={level: clipped, eps: 1e-3}"]),
        ({"loss": [{"level": "clipped", "eps": 1e-3}, "fused"]}, ["loss={level: clipped, eps: 1e-3},fused"]),
        ({"loss": {"level": "clipped", "name": "mine", "eps": 0.1}}, ["loss={level: clipped, name: mine, eps: 0.1}"]),
        ({"loss.eps": [1e-3, 1e-7]}, ["loss.eps=1e-3,1e-7"]),
        ({"loss": "glob(*)"}, ["loss=glob(*)"]),
        ({"learning_rate": np.float64(0.1), "width": np.int64(8)}, ["learning_rate=0.1", "width=8"]),
        ({"learning_rate": np.array([0.1, 0.2])}, ["learning_rate=0.1,0.2"]),
        ({"width": np.array(8)}, ["width=8"]),
        ({"seed": np.arange(3), "width": range(8, 32, 8)}, ["seed=range(3)", "width=8,16,24"]),
        ({"width": {64, 8, 16}}, ["width=8,16,64"]),
        ({"loss": frozenset({"fused", "clipped"})}, ["loss=clipped,fused"]),
        ({"width": (2**n for n in range(3, 6))}, ["width=8,16,32"]),
        ({"activation": {"relu": 1, "tanh": 2}.keys()}, ["activation=relu,tanh"]),
        ({"normalization": False}, ["normalization=off"]),
        ({"normalization": ["batch", False]}, ["normalization=batch,off"]),
        ({"fail_fast": True, "workers": np.int32(2)}, ["fail_fast=true", "workers=2"]),
        ({"seeds": {"level": "sequential", "cap": 40}}, ["seeds=sequential", "seeds.cap=40"]),
        ({"seeds": "topped_up"}, ["seeds=topped_up"]),
        ({"design": ["pairs", "one_at_a_time"]}, ["design=pairs,one_at_a_time"]),
        ({"design": {"level": "pairs", "factors": ["loss"]}}, ["design={level: pairs, factors: [loss]}"]),
        ({"task": "npz", "path": Path("a b/ü.npz")}, ["task=npz", "path='a b/ü.npz'"]),
        ({"task": {"level": "npz", "path": Names()}}, ["task={level: npz, path: 'a b.npz'}"]),
        ({"results_dir": Path("my results"), "part": "1/2"}, ["results_dir='my results'", "part=1/2"]),
        ({"study": "12"}, ["study='12'"]),
        ({"task": "npz", "path": "${x}.npz"}, ["task=npz", "path='\\${x}.npz'"]),
        ({"task": {"level": "npz", "path": "${x}.npz"}}, ["task={level: npz, path: '${x}.npz'}"]),
        ({"question": "why, not? 'x' \\ ü"}, ["question='why, not? \\'x\\' \\ ü'"]),
        (
            {"factors": {"loss": ["clipped", "fused"]}, "baseline": {"loss": "fused"}},
            ["factors={loss: [clipped, fused]}", "baseline={loss: fused}"],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_value_of_python_is_what_the_override_is(keys: dict[str, Any], overrides: list[str]) -> None:
    if not any(word.startswith("loss") for word in overrides):
        keys, overrides = {**keys, "loss": ["clipped", "fused"]}, [*overrides, "loss=clipped,fused"]
    study = configure.compose(python_values.overrides([], keys))
    assert dataclasses.replace(study, command="") == dataclasses.replace(configure.compose(overrides), command="")
    assert configure.compose(shlex.split(study.command)[2:]) == study


def test_a_search_is_told_by_a_mapping_how_to_search() -> None:
    keys = {"loss": ["clipped", "fused"], "search": {"level": "random", "trials": 200, "blocks": (4, 8)}}
    words = ["loss=clipped,fused", "search=random", "search.trials=200", "search.blocks=[4,8]"]
    assert configure.search(python_values.overrides([], keys))[1] == configure.search(words)[1]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("none", {"loss": None}, "Leave the argument out for its default."),
    ("empty list", {"width": []}, "`width` must have at least one value. Received an empty list."),
    ("empty array", {"width": np.array([])}, "`width` must have at least one value. Received an empty list."),
    ("empty generator", {"width": (n for n in ())}, "Received an empty generator."),
    ("endless generator", {"width": iter(int, 1)}, "must have at most 1,000,000 values"),
    ("table", {"width": np.ones((2, 2))}, "`width` must be a whole number from 1 to 65536. Received: [1.0, 1.0]."),
    ("mixed set", {"loss": {"clipped", 3}}, "a set of different types cannot be sorted"),
    ("not a number", {"learning_rate": float("nan")}, "`learning_rate` must be a finite number. Received: nan."),
    ("infinity", {"learning_rate": np.array([0.1, np.inf])}, "must be a finite number"),
    ("complex", {"learning_rate": 1j}, "must be a text, a number, true or false, a mapping, or a list of these"),
    ("object", {"width": [object()]}, "Received: <object object at"),
    ("bytes", {"loss": b"clipped"}, "Received: b'clipped'."),
    ("truth value", {"width": True}, "`width` must be a whole number from 1 to 65536. Received: True."),
    ("large", {"width": 10**30}, "must be a whole number from 1 to 65536"),
    ("factor", {"los": "fused"}, "Unknown factor or key: 'los'. Did you mean 'loss'?"),
    ("level", {"loss": "fussed"}, "Did you mean 'fused'?"),
    ("level twice", {"dropout": [0.1, 0.1]}, "Factor `dropout` must have each level once. Received: 0.1, 0.1."),
    ("nested level", {"loss": {"level": {"a": 1}}}, "Unknown level of `loss`"),
    ("mapping without level", {"loss": {"eps": 1}}, "must name a level file, as {level: adam, beta_1: 0.5}"),
    ("parameter", {"loss": {"level": "clipped", "epss": 1}}, "Did you mean 'eps'?"),
    ("parameter's value", {"loss": {"level": "clipped", "eps": object()}}, "`loss.eps` must be a text, a number"),
    ("parameter's type", {"loss": {"level": "clipped", "eps": [1, 2]}}, "`loss.eps` must be a number"),
    ("number's parameter", {"width.x": 3}, "`width` is a number and has no parameters"),
    ("name with a space", {"a b": 1}, "must be named by a factor or a key"),
    ("list for one value", {"workers": [1, 2]}, "`workers` must be a whole number. Received: [1, 2]."),
    ("text for a number", {"steps": "many"}, "`steps` must be a whole number. Received: 'many'."),
    ("text for a truth value", {"fail_fast": "yes"}, "`fail_fast` must be true or false. Received: 'yes'."),
    ("seed", {"seed": [-1]}, "`seed` must be a whole number from 0"),
    ("seeds", {"seeds": {"kap": 1}}, "Unknown key of `seeds=fixed`: 'kap'. Allowed: (none)."),
    ("experiment", {"experiment": ["blog", "x"]}, "Unknown experiment"),
    ("design", {"design": {"kind": "pairs"}}, "must name a level file, as {level: adam, beta_1: 0.5}"),
    ("design's settings", {"design": {"level": "explicit", "settings": 3}}, "`design.settings` must be a list"),
    ("design's parts", {"design": {"level": "union", "parts": 3}}, "`design.parts` must be a list"),
    ("design's exclusions", {"design": {"level": "full", "exclude": 3}}, "`design.exclude` must be a list"),
    ("design's factors", {"design": {"level": "pairs", "factors": 3}}, "must be a list or a mapping"),
    ("design's levels", {"design": {"level": "full", "factors": {"loss": 3}}}, "must map factors to lists of levels"),
    ("contrast", {"contrasts": [3]}, "A contrast must be {factor, level, against}"),
    ("lambda", {"model": lambda: None}, "must be a function at the top of a module"),
    ("study's name", {"study": "größe x"}, "`study` must be a folder's name"),
    ("reserved word", {"hydra": 3}, "Unknown factor or key: 'hydra'"),
]


@pytest.mark.parametrize(("keys", "message"), [pytest.param(*case[1:], id=case[0]) for case in WRONG])
def test_a_wrong_value_is_refused_in_one_plain_sentence(keys: dict[str, Any], message: str) -> None:
    trained = mock.patch("ablate.runner.sweep.sweep", side_effect=AssertionError("it must not be trained"))
    with trained, pytest.raises(AblateError) as refused:
        ablate.sweep(**keys)
    said = str(refused.value)
    assert message in said
    assert "\n" not in said
    assert "Error" not in said


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=3)
WORD = st.sampled_from(
    [
        "clipped",
        "adam",
        "mlp",
        "keras",
        "npz",
        "pairs",
        "range(3)",
        "glob(*)",
        "interval(0,1)",
        "${x}",
        "{a:b}",
        "1e999",
    ]
)
KEY = st.sampled_from(["level", "kind", "name", "eps", "settings", "factors", "after", "builder"]) | st.text(max_size=4)
VALUE = st.recursive(
    LEAF | WORD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(st.sampled_from([*api.Keys.__annotations__, "loss.eps", "search.trials"]), VALUE, min_size=1))
def test_any_value_is_a_study_or_refused(keys: dict[str, Any]) -> None:
    with contextlib.suppress(AblateError):
        configure.compose(python_values.overrides([], keys))


@pytest.mark.parametrize("arguments", [(3,), (["loss=fused"],), (None,), (b"loss=fused",)])
def test_a_positional_argument_that_is_no_text_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigError, match="Positional arguments must be overrides, one text each"):
        ablate.sweep(*arguments)


def summary(stopped: str) -> Summary:
    return Summary(study="s", folder=Path("s"), planned=4, kept=1, trained=1, stopped=stopped, states={"stuck": 1})


def test_a_sweep_is_what_the_command_runs_and_says_that_it_was_interrupted() -> None:
    heard: list[Any] = []
    with mock.patch("ablate.runner.sweep.sweep", return_value=summary("SIGINT")) as called:
        done = ablate.sweep("loss.eps=1e-3", loss="clipped", seed=range(2), on_event=heard.append)
    assert called.call_args.args[0] == configure.compose(["loss.eps=1e-3", "loss=clipped", "seed=0,1"])
    assert called.call_args.kwargs["on_event"] is not None
    assert done.stopped == "SIGINT"
    assert repr(done) == "<Summary of s: 1 of 4 trials in s, stopped by SIGINT>"
    assert "SIGINT stopped the sweep" in done._repr_html_()
    assert "<td>stuck</td><td>1</td>" in done._repr_html_()


def test_a_search_says_that_it_was_interrupted(tmp_path: Path) -> None:
    with mock.patch("ablate.runner.sweep.sweep", return_value=summary("SIGTERM")):
        found = ablate.search(loss=["clipped", "fused"], search={"trials": 200}, results_dir=tmp_path, on_event=print)
    assert found.summary.stopped == "SIGTERM"
    assert found.smallest == ()
    assert repr(found) == "<SearchResult of s: stopped by SIGTERM, 0 sufficient sets>"
    assert "SIGTERM stopped the sweep" in found._repr_html_()


def test_a_model_is_tried_as_the_command_tries_it() -> None:
    with mock.patch("ablate.try_remedies.attempt.attempt") as called:
        ablate.try_model(model="my_package:make_model", task="npz", path=Path("my.npz"), steps=400)
    assert called.call_args.args == (["model=my_package:make_model", "task=npz", "path=my.npz", "steps=400"],)


def test_a_program_is_tried_with_its_rows_and_the_arguments_of_fit() -> None:
    rows = np.zeros((10, 2)), np.arange(10) % 2
    with mock.patch("ablate.try_remedies.program_attempt.attempt") as called:
        ablate.try_model(len, rows, epochs=3, minutes=2)
    builder, given, options, _ = called.call_args.args
    assert builder is len
    assert given.call.arguments == {"epochs": "3", "batch_size": "32"}
    assert options.minutes == 2
    with pytest.raises(ConfigError, match="Did you mean 'epochs'"):
        ablate.try_model(len, rows, epoch=3)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    swept(small_study(folder, "width=16,32", "seed=range(3)"))
    return folder


def test_results_are_loaded_by_name_path_and_address(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for study in (results / "fake", str(results / "fake"), f"file://{results}/fake"):
        assert ablate.load(study).folder == results / "fake"
    assert ablate.load("fake", results).folder == ablate.load("fake", results_dir=str(results)).folder
    monkeypatch.chdir(results.parent)
    found = ablate.load("fake", results.name)
    assert repr(found) == f"<Results of fake: 6 trials in {results.name}/fake>"
    assert "<th>escape_rate</th>" in found._repr_html_()
    assert list(found.table(["width"])["n"]) == [3, 3]
    assert "&lt;Results of fake" in found._repr_html_()


@pytest.mark.parametrize(
    ("study", "message"),
    [
        ("fak", "Unknown study in {}/: 'fak'. Did you mean 'fake'? Allowed: fake."),
        (Path("nowhere"), "A study's folder must hold a manifest, which `ablate sweep` writes. Received: nowhere."),
        ("no/where", "Received: no/where."),
        (3, "A study or folder must be named by a text or a path. Received: 3."),
        (None, "Received: None."),
        (Address("memory://nowhere"), "Received: memory://nowhere."),
    ],
)
def test_a_study_without_results_is_refused(study: Any, message: str, results: Path) -> None:
    with pytest.raises(AblateError) as refused:
        ablate.load(study, results)
    assert message.format(results) in str(refused.value)


def test_a_results_folder_that_is_no_path_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"must be named by a text or a path\. Received: 3"):
        ablate.load("fake", 3)  # type: ignore[arg-type]


def test_studies_are_compared_by_results_or_by_name(results: Path) -> None:
    loaded = ablate.load("fake", results)
    assert ablate.compare(loaded, results / "fake").same_ids == 6


def test_a_plan_says_what_the_command_says(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ablate.commands.main import main

    planned = ablate.plan("study=fake", task="words", width=[16, 32], seed=range(4), results_dir=results)
    assert (planned.settings, planned.trials, planned.stored) == (2, 8, 6)
    assert planned.cost is not None
    assert planned.cost.programs == 2
    assert repr(planned) == "<Plan of fake: 8 trials, 6 with a result>"
    assert "settings  2" in planned._repr_html_()
    assert capsys.readouterr().out == ""
    assert main(["plan", "study=fake", "task=words", "width=16,32", "seed=range(4)", f"results_dir={results}"]) == 0
    out = capsys.readouterr().out
    assert len(planned.parts) == 4
    assert all(part in out for part in planned.parts)
    assert out.endswith(f"writes {results}/fake/.\n")
