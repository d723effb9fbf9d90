from __future__ import annotations

import pytest

from ablate import configure
from tests.configure.messages import message


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["steps=many"], "`steps` must be a whole number. Received: 'many'."),
        (["steps=true"], "`steps` must be a whole number. Received: True."),
        (["baseline.los=fused"], "Unknown key of `baseline`: 'los'. Did you mean 'loss'?"),
        (["search.trails=3"], "Unknown key of `search`: 'trails'. Did you mean 'trials'?"),
        (["fail_fast=3"], "`fail_fast` must be true or false. Received: 3."),
        (["study=123"], "`study` must be a text. Received: 123. Write it in quotes: 'study=\"123\"'"),
        (["steps=10", "looks=25"], "`looks` must be at least 1 and at most `steps`. Received: looks=25, steps=10."),
        (["steps=3000000000"], "`steps` must be at most 2147483647. Received: 3000000000."),
        (["seed=-1"], "`seed` must be a whole number from 0 to 2147483647. Received: -1."),
        (["seed=1.5"], "`seed` must be a whole number from 0 to 2147483647. Received: 1.5."),
        (
            ["seed=range(200)", "width=range(1,1001)", "batch_size=range(1,61)"],
            "A study must have at most 10,000,000 trials. This one has up to 12,000,000: give fewer levels or seeds.",
        ),
        (["engine=slow"], "Unknown engine: 'slow'."),
        (["executor=rya"], "Unknown executor: 'rya'. Did you mean 'ray'?"),
        (
            ["study=a/b"],
            (
                "`study` must be a folder's name: letters a to z, digits, '.', '_' and '-'. "
                "Received: 'a/b'. Write study=a-b."
            ),
        ),
        (
            ["~loss"],
            (
                "Factor `loss` must have a baseline level, and the config gives it none. Write `loss=LEVEL`, or give "
                "the factor a level in conf/config.yaml: a file's name under `defaults`, or a number as a key."
            ),
        ),
        (["workers=-1"], "`workers` must be at least 0 (0 means one per core). Received: -1."),
        (
            ["memory=-1"],
            "`memory` must be at least 0 (megabytes a worker; 0 means its share of the machine). Received: -1.",
        ),
        (
            ["patience=-1"],
            (
                "`patience` must be at least 0 (seconds a stack of trials may take; 0 means many times its estimate). "
                "Received: -1."
            ),
        ),
        (
            ["part=3/2"],
            "`part` must be k/n, the k-th of n parts of the study's 20 seeds, as in `part=1/4`. Received: '3/2'.",
        ),
        (
            ["part=1/2", "seeds=sequential"],
            "`part` must be 1/1 with `seeds=sequential`: the next seeds depend on results. Received: '1/2'.",
        ),
        (["factors={los: [fused]}"], "Unknown factor in `factors`: 'los'. Did you mean 'loss'?"),
        (["factors=3"], "`factors` must be a mapping of factor to levels. Received: 3."),
        (["seeds.cap=3"], "Unknown key of `seeds=fixed`: 'cap'."),
        (["seeds=sequential", "~seeds.cap"], "`seeds=sequential` must have `cap`. Write `seeds.cap=...`."),
        (["seeds=sequential", "seeds.cap=0"], "`seeds.cap` must be a whole number from 1 to 4096. Received: 0."),
        (["seeds=sequential", "seeds.target=2"], "`seeds.target` must lie between 0 and 1. Received: 2."),
        (
            ["seeds=sequential", "seeds.block=50", "seeds.cap=20"],
            "`seeds.block` must be at most `seeds.cap`. Received: 50 and 20.",
        ),
        (["seeds=topped_up", "seeds.cap=3"], "`seeds.cap` must be at least the number of seeds, 20. Received: 3."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_study_that_cannot_be_is_one_clear_message(given: list[str], expected: str) -> None:
    assert message(given) == expected


def test_factors_that_vary_stand_first_in_the_order_in_which_they_are_named() -> None:
    study = configure.compose(["width=8,16", "loss=clipped,fused", "loss.eps=1e-3,1e-5", "depth=3"])
    assert [factor.name for factor in study.factors][:2] == ["width", "loss"]
    assert study.name == "width-loss"
    assert configure.compose(["experiment=blog", "study=mine"]).name == "mine"


def test_a_seed_that_is_named_twice_counts_once() -> None:
    assert configure.compose(["seed=3,1,3"]).seeds == (3, 1)
