"""The table of ratios: its form, what `met` means, and that the guard notices a ratio that has fallen."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import breakdown, grids, page, rows, smoke, steps, turns
from benchmarks.peers import fused
from benchmarks.rows import Found, Ratio
from benchmarks.turns import Turn

RECORDED = Path(__file__).parents[2] / "results" / "published" / "bench"
COLUMNS = ["benchmark", "peer", "n", "ratio_min", "ratio_median", "ratio_max", "target", "met"]


@pytest.fixture
def found() -> Found:
    found = Found()
    found.ratio("a trial-step, width 64", steps.AS_IS, [50.0, 70.0, 60.0], ">= 50")
    found.ratio("a trial-step, width 64", steps.BEST, [24.0], ">= 25")
    found.ratio("planning, s", "", [61.0], "<= 60")
    found.ratio("another", "peer", [3.0])
    found.ratio("a small CNN", "peer", [], ">= 5")
    found.figure("a trial-step, width 64", "ablate", "us", [12.0, 10.0])
    return found


def test_rows_say_what_was_met(found: Found, tmp_path: Path) -> None:
    rows.write(found, tmp_path)
    with (tmp_path / rows.RATIOS).open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == COLUMNS
    assert [line["met"] for line in lines] == ["True", "False", "False", "", "False"]
    assert lines[0] | {"ratio_min": "50", "ratio_median": "60", "ratio_max": "70", "n": "3"} == lines[0]


def test_rows_come_back_as_they_were(found: Found, tmp_path: Path) -> None:
    rows.write(found, tmp_path)
    back = rows.read(tmp_path)
    assert back[:4] == found.ratios[:4]
    assert back[4].n == 0
    assert math.isnan(back[4].ratio_median)


@pytest.mark.skipif(not (RECORDED / rows.RATIOS).exists(), reason="`make bench` has not been run")
def test_the_recorded_rows_are_well_formed() -> None:
    with (RECORDED / rows.RATIOS).open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert all(list(line) == COLUMNS for line in lines)
    for line, row in zip(lines, rows.read(RECORDED), strict=True):
        assert line["met"] == row.met
        assert row.n == 0 or row.ratio_min <= row.ratio_median <= row.ratio_max
    keys = [(line["benchmark"], line["peer"]) for line in lines]
    assert len(set(keys)) == len(keys)


def test_the_page_shows_every_row(found: Found, tmp_path: Path) -> None:
    page.write(found, tmp_path, {"cores": "2"}, {"keras": "3"}, 1.0)
    text = (tmp_path / "README.md").read_text()
    assert "| a trial-step, width 64 | Keras fit as is | 3 | 50 | 60 | 70 | >= 50 | True |" in text
    assert (tmp_path / "ratios.svg").read_text().count("Keras fit") >= 2


def ratio(median: float, peer: str = steps.BEST) -> Ratio:
    return Ratio(
        benchmark="a trial-step, width 64", peer=peer, n=3, ratio_min=median, ratio_median=median, ratio_max=median
    )


@pytest.mark.parametrize(("now", "status"), [(30.0, 0), (24.0 * (1 - smoke.TOLERANCE) + 0.1, 0), (12.0, 1)])
def test_the_guard_fails_on_a_planted_regression(
    found: Found, tmp_path: Path, now: float, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rows.write(found, tmp_path)
    assert smoke.main(tmp_path, lambda: [ratio(now), ratio(60.0, steps.AS_IS)]) == status
    assert ("before" in capsys.readouterr().out) == bool(status)


def test_the_guard_takes_no_number_for_a_ratio(found: Found, tmp_path: Path) -> None:
    rows.write(found, tmp_path)
    assert smoke.main(tmp_path, lambda: [ratio(float("nan"))]) == 1


def test_the_guard_wants_something_to_compare_with(found: Found, tmp_path: Path) -> None:
    assert smoke.main(tmp_path, lambda: [ratio(30.0)]) == 2
    rows.write(found, tmp_path)
    with pytest.raises(LookupError, match="make bench"):
        smoke.main(tmp_path, lambda: [ratio(30.0, "another peer")])


def test_what_the_guard_measures_is_what_the_benchmark_records() -> None:
    (point,) = (point for point in steps.POINTS if point.width == smoke.WIDTH)
    assert {steps.AS_IS, steps.BEST} <= set(point.targets)


def test_xlas_listing_names_the_operations(tmp_path: Path) -> None:
    line = '  %add_fusion.3 = f32[64]{0} fusion(%a), kind=kLoop, metadata={op_type="Mul" op_name="while/adam/mul"}\n'
    (tmp_path / "module_1.cpu_after_optimizations.txt").write_text(line)
    assert breakdown.origins(tmp_path) == {"add_fusion.3": "while/adam/mul"}


def test_memory_is_watched_of_processes_that_a_child_started(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'a = bytes([1]) * 2**27; input()'])"
    parent = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"]
    with subprocess.Popen(parent, stdin=subprocess.PIPE) as first:
        monkeypatch.setattr(os, "getpid", lambda: first.pid)  # other tests have left children of this process
        with fused.Peak() as peak:
            deadline = time.monotonic() + 30
            while peak.megabytes < 128 and time.monotonic() < deadline:
                time.sleep(0.1)
        first.communicate(b"\n")
    assert 128 < peak.megabytes < 200


def test_a_network_of_the_breakdown_is_a_width_or_a_model() -> None:
    assert breakdown.words_of("64")[-1] == "width=64"
    assert breakdown.words_of("cnn")[-1] == "model=benchmarks.models:cnn"


def test_a_sample_is_scaled_to_the_grid_and_the_faster_variant_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = {"stored": 19.0, "report": 20.0, "worker_megabytes": 512.0}
    answers = {
        ("fused", "grid"): {"accuracies": dict.fromkeys(range(108), 0.5), **mine},
        ("hydra_multirun", ""): {"accuracies": {1: 0.5, 2: 0.75}, "each": 2.0, "fixed": 3.0},
        ("keras_fit", "best"): {"accuracies": {3: 0.5}, "each": 0.5, "fixed": 0.0},
        ("keras_fit", "best_jit"): {"accuracies": {3: 0.5}, "each": 1.0, "fixed": 0.0},
    }

    def cold(module: str, case: grids.Case) -> tuple[float, Turn]:
        return 1.0, Turn(seconds=39.0, answers=(answers[module, case.option],))

    monkeypatch.setattr(grids, "_cold", cold)
    (grid,) = (grid for grid in grids.GRIDS if grid.experiment == "bench")
    found = Found()
    grids.measure(found, [grid], 2, ["loss=clipped,mse", "activation=relu,tanh", "seed=range(5)"])
    by = {(row.benchmark, row.peer): row for row in found.ratios}
    trials = 2 * 2 * 4 * 5
    hydra = by[grid.title, grids.HYDRA]
    assert (hydra.n, hydra.ratio_median) == (2, pytest.approx((1 + 3 + 2 * trials) / 20))
    assert by[grid.title, grids.BEST].ratio_median == pytest.approx((1 + 0.5 * trials) / 20)
    assert by[f"{grid.title}, with our report", grids.HYDRA].ratio_median == pytest.approx((4 + 2 * trials) / 40)
    assert by[f"difference of accuracies, {grid.title}", grids.HYDRA].ratio_max == 0.25
    assert by[f"peak memory of a worker, GB, {grid.title}", ""].met == "True"


def test_pairs_are_neighbours_in_time() -> None:
    calls = []

    def side(name: str, seconds: float) -> Turn:
        calls.append(name)
        return Turn(seconds=seconds, answers=({"trial_steps": 10},))

    peers = {"a": lambda: side("a", 2.0), "b": lambda: side("b", 1.0)}
    pairs = turns.in_turn(lambda: side("ours", 1.0), peers, 2)
    assert calls == ["ours", "a", "ours", "b"] * 2
    assert [len(pairs[name]) for name in peers] == [2, 2]
    assert turns.fastest(peers, {"a": "peer", "b": "peer"}) == {"peer": "b"}
    assert turns.micros(side("a", 2.0)) == pytest.approx(2e5)
