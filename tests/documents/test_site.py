"""The documentation site's own code: pages written from the code, and links that leave docs/."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ablate import configure
from ablate.commands.main import COMMANDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_of_commands_has_each_with_its_help() -> None:
    text = loaded("reference_pages").commands()
    assert re.findall(r"^## ablate (\w+)$", text, re.MULTILINE) == list(COMMANDS)
    assert all(command.example in text for command in COMMANDS.values())


def test_the_page_of_the_configuration_has_every_level_and_key() -> None:
    text = loaded("reference_pages").config()
    for name, levels in configure.factors().items():
        assert f"### {name}\n" in text
        assert all(f"`{level}`" in text for level in levels)
    assert "\nretry_failed: false\n" in text


def listed(text: str) -> list[str]:
    return re.findall(r"^([a-z_/]+)$", text, re.MULTILINE)


def test_every_page_is_in_a_table_of_contents_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    made = {"reference/commands", "reference/config", "gallery_pages/index"}
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")} | made
    source = [(DOCS / "index.md").read_text(encoding="utf-8")]
    assert set(listed(source[0])) <= pages
    loaded("conf")._unlisted(None, "index", source)
    assert sorted(listed(source[0])) == sorted(
        {page for page in pages if not page.startswith("findings/")} - {"index"} | {"findings/index"}
    )


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("report", "](../results/published/x.csv)", None),
        ("report", "](guide.md)", "](guide.md)"),
        ("tutorials/lesson", "](../guide.md#causes)", "](../guide.md#causes)"),
        ("report", "](../benchmarks/README.md)", "](file-of-project:../../benchmarks/README.md)"),
        ("how_to/search", "](../../conf/config.yaml)", "](file-of-project:../../../conf/config.yaml)"),
    ],
)
def test_links_that_leave_the_documents_point_to_the_checkout(
    page: str, link: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCS_REPOSITORY", raising=False)
    monkeypatch.syspath_prepend(str(DOCS))
    source = [link]
    if expected is None:
        with pytest.raises(FileNotFoundError):
            loaded("conf")._outside(None, page, source)
        return
    loaded("conf")._outside(None, page, source)
    assert source == [expected]
    monkeypatch.setenv("DOCS_REPOSITORY", "https://example.org/a/b")
    source = ["](../README.md)"]
    loaded("conf")._outside(None, "report", source)
    assert source == ["](https://example.org/a/b/blob/main/README.md)"]
