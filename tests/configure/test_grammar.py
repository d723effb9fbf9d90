from __future__ import annotations

import shlex

import pytest

from ablate import configure
from ablate.configure import grammar
from ablate.core.errors import ConfigError
from tests.configure.messages import message


@pytest.mark.parametrize(
    ("override", "factor", "expected"),
    [
        ("width=range(16,64,16)", "width", ["16", "32", "48"]),
        ("loss=choice(clipped,fused)", "loss", ["clipped", "fused"]),
        ("regularizer=glob(l*)", "regularizer", ["l1", "l2", "l2_strong"]),
        ("regularizer=glob(*,exclude=o*)", "regularizer", ["activity", "l1", "l2", "l2_strong"]),
        ("width=sort(64,16)", "width", ["16", "64"]),
        ("learning_rate=range(0.1,0.35,0.1)", "learning_rate", ["0.1", "0.2", "0.3"]),
        ("normalization=off,batch", "normalization", ["off", "batch"]),
        ("++width=16,32", "width", ["16", "32"]),
    ],
)
def test_hydras_grammar_holds_in_full(override: str, factor: str, expected: list[str]) -> None:
    assert [level.name for level in configure.compose([override]).factor(factor).levels] == expected


def test_shuffle_keeps_the_levels() -> None:
    levels = configure.compose(["width=shuffle(16,32,64)"]).factor("width").levels
    assert sorted(level.name for level in levels) == ["16", "32", "64"]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["loss"], "An override must be KEY=VALUE, as `loss=fused`. Received: 'loss'."),
        (
            ["learning_rate=0.1,,"],
            (
                "The value of `learning_rate` must be in Hydra's grammar: one value, a list as `1,2` or a function as "
                "`range(3)`, with every bracket and quote closed. Received: 'learning_rate=0.1,,'."
            ),
        ),
        (
            ["design.remedies={loss: fused"],
            (
                "The value of `design.remedies` must be in Hydra's grammar: one value, a list as `1,2` or a function "
                "as `range(3)`, with every bracket and quote closed. Received: 'design.remedies={loss: fused'."
            ),
        ),
        (
            ["width=sort(range(3),5)"],
            (
                "The value of `width` must be in Hydra's grammar: one value, a list as `1,2` or a function as "
                "`range(3)`, with every bracket and quote closed. Received: 'width=sort(range(3),5)'."
            ),
        ),
        (
            ["seed=range(3),0"],
            (
                "A list must not hold a function such as `range(3)`. Received: 'seed=range(3),0'. "
                "Write every value, or the function alone."
            ),
        ),
        (
            ["loss=choice(clipped,fused),mse"],
            (
                "A list must not hold a function such as `range(3)`. Received: 'loss=choice(clipped,fused),mse'. "
                "Write every value, or the function alone."
            ),
        ),
        (
            ["seed=range(1000000000)"],
            "A range must have at most 1,000,000 values, not 1,000,000,000. Received: seed=range(1000000000).",
        ),
        (
            ["width=range(1,5,0)"],
            "A range must have at most 1,000,000 values, not inf. Received: width=range(1,5,0).",
        ),
        (["seed=range(0)"], "An override must list at least one value. Received: 'seed=range(0)', which lists none."),
        (
            ["activation=glob(x*)"],
            "An override must list at least one value. Received: 'activation=glob(x*)', which lists none.",
        ),
        (
            ["learning_rate=interval(1e-4,1)"],
            (
                "Only `ablate search` can use an interval. Received: 'learning_rate=interval(1e-4,1)'. "
                "List the values, as `KEY=VALUE,VALUE`."
            ),
        ),
        (
            ["study=größe"],
            (
                "`study` must be a folder's name: letters a to z, digits, '.', '_' and '-'. "
                "Received: 'größe'. Write study=grosse."
            ),
        ),
    ],
    ids=lambda value: value[0][:40] if isinstance(value, list) else "",
)
def test_an_override_that_cannot_be_read_says_what_to_write(overrides: list[str], expected: str) -> None:
    assert message(overrides) == expected


@pytest.mark.parametrize("depth", [200, 300, 2000])
def test_an_override_that_is_nested_deeply_is_refused(depth: int) -> None:
    said = message([f"width={'[' * depth}{']' * depth}"])
    assert said == "Overrides and config files must have fewer brackets inside brackets." or said.startswith(
        ("The value of `width` must be in Hydra's grammar", "`width` must be a whole number from 1 to 65536.")
    )


PATHS = ["a=b.npz", "(a).npz", "/x/ü/größe.npz", "~/x.npz", "a;b.npz", "a&b#c!.npz", "it's=here.npz", 'say "a=b".npz']


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_needs_quotes_is_answered_by_the_override_to_paste(path: str) -> None:
    said = message(["task=npz", f"path={path}"])
    start = f"The value of `path` has characters that must stand in quotes. Received: {f'path={path}'!r}. "
    assert said.startswith(f"{start}Write it like this: ")
    (quoted,) = shlex.split(said.removeprefix(f"{start}Write it like this: "))
    assert configure.compose(["task=npz", quoted]).baseline["task"].params["path"] == path


def test_a_value_is_quoted_for_hydra_and_the_shell() -> None:
    assert message(["results_dir=/x/ü"]) == (
        "The value of `results_dir` has characters that must stand in quotes. Received: 'results_dir=/x/ü'. "
        "Write it like this: 'results_dir=\"/x/ü\"'"
    )


def test_a_path_with_spaces_needs_no_quotes_but_the_shells() -> None:
    assert configure.compose(["task=npz", "path=my data/x.npz"]).baseline["task"].params["path"] == "my data/x.npz"


def test_an_interpolation_without_its_key_says_how_to_write_the_text() -> None:
    assert message(["task=npz", "path=${x}.npz"]) == (
        "`${x}` refers to the key `x`, which the config does not have. "
        "If you mean the characters themselves, add a backslash and single quotes: '\\${x}'."
    )
    escaped = configure.compose(["task=npz", "path=\\${x}.npz"])
    assert escaped.baseline["task"].params["path"] == "${x}.npz"


@pytest.mark.parametrize("value", ["plain", "a b", "it's", 'say "x"', "a,b", "[1]", "ü", "", 1e-30, 3, True, [1, "a"]])
def test_written_values_are_read_back(value: object) -> None:
    (override,) = grammar.parsed([f"key={grammar.written(value)}"])
    assert grammar.plain(override.value()) == value


def test_the_key_of_an_override_has_no_signs() -> None:
    assert [grammar.key_of(text) for text in ("loss=fused", "+loss=fused", "++loss.eps=1=2", "~loss")] == [
        "loss",
        "loss",
        "loss.eps",
        "loss",
    ]


def test_a_list_of_names_has_no_intervals() -> None:
    (override,) = grammar.parsed(["width=interval(0,1)"])
    with pytest.raises(ConfigError, match=r"^Only `ablate search` can use an interval"):
        grammar.values_of(override, ())
