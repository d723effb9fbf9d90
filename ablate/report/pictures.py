"""Draw figures: as inline SVG for the page, and as files in the formats that are asked for."""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape
from matplotlib.figure import Figure as Figure

from ablate.core import filesystem
from ablate.core.filesystem import Place
from ablate.report.charts import Chart
from ablate.report.notebook_figure import NotebookFigure
from ablate.report.style import INK, PAPER, TIP, house

FORMATS: Mapping[str, dict[str, Any]] = {
    "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
    "png": {"dpi": 300, "metadata": {"Software": None}, "pil_kwargs": {"compress_level": 3}},
    "svg": {"metadata": {"Date": None, "Creator": None}},
}
"""Formats of figure files, with matplotlib's options that give equal bytes for equal figures."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A figure that is not drawn yet.

    Attributes:
        name: stem of its files and its id in the page: letters, digits, `-` and `_`.
        caption: one or two sentences, with the number of trials; screen readers read it, too.
        size: width and height in inches.
        draw: fills an empty figure with axes.
        choice: the entry of the section's picker that shows the figure; if empty, it is always shown.
        chart: what the page shows in place of the figure; None if it shows the figure.
        on_page: whether the page shows the figure or its chart; another part of the page may hold the same numbers.
    """

    name: str
    caption: str
    size: tuple[float, float]
    draw: Callable[[Figure], object]
    choice: str = ""
    chart: Chart | None = None
    on_page: bool = True

    @property
    def title(self) -> str:
        """Return the first sentence of the caption."""
        return self.caption.split(".")[0]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture as part of a page.

    Attributes:
        picture: what was drawn.
        svg: the inline SVG; empty if the page shows a chart, or nothing.
        formats: the formats of its files beside the page.
    """

    picture: Picture
    svg: Markup
    formats: Sequence[str] = ()


def on_axes(plot: Callable[..., object], info: object) -> Callable[[Figure], object]:
    """Return a function that draws one record on the only axes of a figure.

    Args:
        plot: a function of `ablate.report.figures`.
        info: the record that it draws.
    """
    return lambda figure: plot(info, figure.subplots())


def draw(picture: Picture, folder: Path | None = None, formats: Sequence[str] = ()) -> Drawn:
    """Draw a picture for a page, and write it as NAME.FORMAT into a folder.

    A picture with a chart is drawn for files alone.

    Args:
        picture: what to draw.
        folder: an existing folder; needed only with formats.
        formats: keys of FORMATS; other formats are for tables and ignored.
    """
    wanted = [name for name in formats if name in FORMATS] if folder is not None else []
    inlined = picture.on_page and picture.chart is None
    if not inlined and not wanted:
        return Drawn(picture=picture, svg=Markup(""))
    with house():
        made = _laid_out(picture)
        text = io.StringIO()
        if inlined:
            made.savefig(text, format="svg", **FORMATS["svg"])
        for name in wanted:
            made.savefig(f"{folder}/{picture.name}.{name}", format=name, **FORMATS[name])
    svg = inline(text.getvalue(), picture.name, picture.caption) if inlined else Markup("")
    return Drawn(picture=picture, svg=svg, formats=wanted)


def renamed(picture: Picture, name: str) -> Picture:
    """Return the picture with another name for its files.

    Args:
        picture: the picture.
        name: letters, digits, `-` and `_`.
    """
    return replace(picture, name=name)


def save(picture: Picture, folder: Place) -> Place:
    """Write a picture as NAME.png into a folder, which may be remote, and return the file.

    Args:
        picture: what to draw.
        folder: where the file is written.
    """
    target = folder / f"{picture.name}.png"
    with tempfile.TemporaryDirectory() as temporary:
        draw(picture, Path(temporary), ["png"])
        filesystem.write(target, (Path(temporary) / target.name).read_bytes())
    return target


def figure(picture: Picture) -> Figure:
    """Draw a picture as matplotlib's figure."""
    with house():
        return _laid_out(picture)


def _laid_out(picture: Picture) -> Figure:
    """Return the figure, laid out once for all formats: layout takes longer than drawing."""
    made = NotebookFigure(*picture.size)
    picture.draw(made)
    made.draw_without_rendering()
    made.set_layout_engine("none")
    return made


def inline(text: str, name: str, caption: str) -> Markup:
    """Turn an SVG file into an element of a page.

    The element has ids of its own, the page's text colour, and a label for screen readers.

    Args:
        text: the content of an SVG file from matplotlib.
        name: the picture's name, unique in the page.
        caption: the label.
    """
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # A page has many figures, and ids would be a quarter of it: drop unused ids, and keep the figure's prefix short.
    prefix = f"f{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    body = re.sub(rf'<g id="{TIP}([^"]*)">', r"<g><title>\1</title>", body)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", body)
    # The first fill is the figure's background: without it the page's own background shows through.
    body = body.replace(INK, "currentColor").replace(f"fill: {PAPER}", "fill: none", 1)
    body = body.replace(f"fill: {PAPER}", "fill: Canvas").replace(f"stroke: {PAPER}", "stroke: Canvas")
    body = re.sub(r"[ \t]*\n[ \t]*", "\n", body)
    body = re.sub(r'(?<=\s)(?:d|x|y)="[^"]*"', lambda match: re.sub(r"(\.\d)\d+", r"\1", match[0]), body)
    label = str(escape(caption))
    # matplotlib escapes the text it writes, and the label is escaped above.
    return Markup(body.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))  # noqa: S704
