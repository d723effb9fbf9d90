from __future__ import annotations

import pytest

from ablate import configure
from ablate.configure import overrides
from ablate.configure.config_files import opened
from tests.configure.messages import message


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["los=fused"], "Unknown factor or key: 'los'. Did you mean 'loss'?"),
        (["=3"], "Unknown factor or key: ''."),
        (["memory.x=1"], "`memory` has no keys: write `memory=VALUE`. Received: 'memory.x=1'."),
        (["contrasts.x=1"], "`contrasts` has no keys: write `contrasts=VALUE`. Received: 'contrasts.x=1'."),
        (
            ["validation.x=1"],
            (
                "`validation` is short for `task.validation` and has no keys: write `validation=VALUE`. "
                "Received: 'validation.x=1'."
            ),
        ),
        (["loss@x=fused"], "Unknown factor or key: 'loss@x'. Did you mean 'loss'?"),
        (["loss=fussed"], "Unknown level of `loss`: 'fussed'. Did you mean 'fused'?"),
        (["loss=clipped,fussed"], "Unknown level of `loss`: 'fussed'. Did you mean 'fused'?"),
        (["loss=null"], "Unknown level of `loss`: 'none'."),
        (["normalization=[batch]"], "Unknown level of `normalization`: '[\"batch\"]'. Did you mean 'batch'?"),
        (["experiment=blgo"], "Unknown experiment: 'blgo'. Did you mean 'blog'?"),
        (
            ["width.size=3"],
            "`width` is a number and has no parameters: write `width=VALUE`. Received: 'width.size=3'.",
        ),
        (
            ["engine=fused,reference"],
            (
                "`engine` must have one value: it holds for the whole study. Received: 'engine=fused,reference'. "
                "To run one study per value, use `python -m ablate -m`."
            ),
        ),
        (
            ["width=32,64", "width=256"],
            (
                "`width` must be given once if it has a list of values. Received: `width=32,64` and `width=256`. "
                "Write one list, as `width=VALUE,VALUE`, or leave one of them out."
            ),
        ),
        (
            ["loss=keras", "loss=clipped,fused"],
            (
                "`loss` must be given once if it has a list of values. "
                "Received: `loss=keras` and `loss=clipped,fused`. "
                "Write one list, as `loss=VALUE,VALUE`, or leave one of them out."
            ),
        ),
        (
            ["loss.eps=1e-3,1e-7", "++loss.eps=1e-5"],
            (
                "`loss.eps` must be given once if it has a list of values. "
                "Received: `loss.eps=1e-3,1e-7` and `++loss.eps=1e-5`. "
                "Write one list, as `loss.eps=VALUE,VALUE`, or leave one of them out."
            ),
        ),
        (
            ["task=npz", "path=a.npz,b.npz", "task.path=c.npz"],
            (
                "`task.path` must be given once if it has a list of values. "
                "Received: `path=a.npz,b.npz` and `task.path=c.npz`. "
                "Write one list, as `task.path=VALUE,VALUE`, or leave one of them out."
            ),
        ),
        (["factors={loss: []}"], "`loss` in the config must list at least one value. It lists none."),
        (
            ["hydra.nonsense=1"],
            (
                "Could not override 'hydra.nonsense'. To append to your config use +hydra.nonsense=1 "
                "Key 'nonsense' not in 'HydraConf'"
            ),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_override_that_cannot_be_is_one_clear_message(given: list[str], expected: str) -> None:
    assert message(given) == expected


@pytest.mark.parametrize(
    ("given", "factor", "name"),
    [
        (["width=32", "width=256"], "width", "256"),
        (["loss=clipped", "loss=fused"], "loss", "fused"),
        (["loss={level: clipped, eps: 0.1}", "loss=fused"], "loss", "fused"),
        (["loss=fused", "loss={level: clipped, eps: 0.1}"], "loss", "clipped(eps=0.1)"),
    ],
)
def test_the_last_of_two_single_values_holds_as_in_hydra(given: list[str], factor: str, name: str) -> None:
    study = configure.compose(given)
    assert [level.name for level in study.factor(factor).levels] == [name]


def test_overrides_are_sorted_by_their_use() -> None:
    given = ["loss=clipped,fused", "loss.eps=1e-3,1e-7", "width=32", "seed=range(3)", "steps=9", "hydra.searchpath=[]"]
    with opened() as library:
        result = overrides.sort(given, library)
    assert result.plain == ["width=32", "steps=9", "hydra.searchpath=[]"]
    assert result.axes == {"loss": ("clipped", "fused"), "seed": (0, 1, 2)}
    assert result.params == [("loss", "eps", ("0.001", "1e-07"))]
    assert result.replaced == {"loss", "width", "seed", "steps"}


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("path=x.npz", "++task.path=x.npz"),
        ("+experiment=blog", "experiment=blog"),
        ("loss.eps=1e-3", "++loss.eps=1e-3"),
        ("++loss=fused", "loss=fused"),
        ("model=package:make", "++model={kind:keras,builder:'package:make'}"),
        ("steps=3", "steps=3"),
        ("~loss", "~loss"),
        ("hydra.run.dir=x", "hydra.run.dir=x"),
    ],
)
def test_an_argument_is_spelled_out_for_hydra(argument: str, expected: str) -> None:
    assert overrides.spelled_out(argument) == expected
