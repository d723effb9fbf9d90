from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import ablate
from ablate.core.errors import AblateError, ConfigError
from ablate.core.filesystem import Address


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
