"""Sphinx's configuration of the documentation site: `make docs` builds it into build/docs, without a network."""

from __future__ import annotations

import os
import posixpath
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import reference_pages

ROOT = Path(__file__).parents[1]

project = "ablate"
author = "The ablate authors"
copyright = "The ablate authors. MIT licence"  # noqa: A001 - the name that Sphinx reads
release = version = metadata.version("ablate-plateau")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_gallery.gen_gallery"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["**/.*", "gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "gallery",  # scripts that run while the site is built: an error in one is an error of the build
    "gallery_dirs": "gallery_pages",
    "abort_on_example_error": True,
    "image_scrapers": ("gallery_figures.saved",),
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_signature": False,
    "min_reported_time": 1_000,
}
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
myst_url_schemes = {"http": None, "https": None, "mailto": None, "file-of-project": "{{path}}"}
autodoc_typehints = "none"
autodoc_member_order = "bysource"
suppress_warnings = ["myst.header"]
nitpicky = False

html_theme = "furo"
html_title = "ablate"
html_static_path: list[str] = []
# The theme's captions lack a level, and wide code cannot be reached by keyboard.
html_js_files: list[Any] = [
    (
        None,
        {
            "body": "addEventListener('DOMContentLoaded', () => {"
            "for (const one of document.querySelectorAll('.caption[role=heading]')) one.ariaLevel = 2;"
            "for (const one of document.querySelectorAll('pre')) one.tabIndex = 0;"
            "document.querySelector('.toc-drawer')?.setAttribute('aria-label', 'On this page');"
            "document.querySelector('.sidebar-drawer')?.setAttribute('aria-label', 'All pages'); });"
        },
    )
]
html_show_search_summary = False  # the summaries are fetched, which a page from file:// may not
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"light_css_variables": {"color-brand-primary": "#00558a", "color-brand-content": "#00558a"}}

LINK = re.compile(r"\]\(((?:\.\./)+[^)#\s]+)(#[^)\s]*)?\)")


def _outside(_: Any, docname: str, source: list[str]) -> None:
    """Point links that leave docs/ to the repository, or from the built page to the file in this checkout."""
    folder = posixpath.dirname(f"docs/{docname}")

    def changed(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, match[1]))
        if path.startswith("docs/"):
            return match[0]
        if not (ROOT / path).exists():
            raise FileNotFoundError(f"{docname}.md links to {path}, which does not exist")
        base = os.environ.get("DOCS_REPOSITORY", "").rstrip("/")
        if base:
            return f"]({base}/blob/main/{path})"
        return f"](file-of-project:{'../' * (docname.count('/') + 2)}{path})"

    source[0] = LINK.sub(changed, source[0])


def _unlisted(_: Any, docname: str, source: list[str]) -> None:
    """Add to the last entry of the how-to part those pages that no part of index.md names."""
    if docname == "index":
        listed = set(re.findall(r"^[a-z_/]+$", source[0], re.MULTILINE)) | {"index"}
        folder = Path(__file__).parent
        pages = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.md"))
        more = [page for page in pages if page not in listed and not page.startswith("findings/")]
        source[0] = source[0].replace("\nhow_to/extend\n", "\n" + "\n".join(["how_to/extend", *more]) + "\n")


def _llms(app: Any, error: Exception | None) -> None:
    """Write llms.txt: every page with its title and address, for programs that read."""
    if error is None:
        titles = sorted((name, title.astext()) for name, title in app.env.titles.items())
        lines = [
            "# ablate",
            "",
            "> Which remedy gets a classifier off the 1/N accuracy plateau, how surely, how fast, and why.",
            "",
        ]
        lines += ["## Pages", "", *(f"- [{title}]({name}.html)" for name, title in titles)]
        (Path(app.outdir) / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def setup(app: Any) -> None:
    """Connect the pages that are written from code, the links that leave docs/, and llms.txt."""
    reference_pages.write()
    app.connect("source-read", _outside)
    app.connect("source-read", _unlisted)
    app.connect("build-finished", _llms)
