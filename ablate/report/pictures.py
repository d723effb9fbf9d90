"""A picture with its caption, and how it becomes SVG, PDF and PNG files and a part of the page."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from markupsafe import Markup, escape
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Figure

from ablate.report.style import INK, PAPER, house


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What to draw, in inches, and what to say under it.

    Attributes:
        name: the files' stem and the figure's id: letters, digits, `-` and `_`.
        caption: one or two sentences, with n; also what a screen reader says.
        size: width and height in inches.
        draw: fills an empty figure with axes.
        choice: the entry of its section's picker that shows it; empty = always shown.
    """

    name: str
    caption: str
    size: tuple[float, float]
    draw: Callable[[Figure], object]
    choice: str = ""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A picture that has been drawn: inline SVG with its words, and whether files lie beside the page."""

    name: str
    title: str
    caption: str
    choice: str
    svg: Markup
    files: bool


def figure(picture: Picture) -> Figure:
    """Draw a picture as a figure of matplotlib's."""
    with house():
        return _figure(picture)


def draw(picture: Picture) -> Shown:
    """Draws for a page alone, without any file."""
    with house():
        text = _svg(_figure(picture))
    return _shown(picture, text, files=False)


def files(picture: Picture, folder: Path) -> None:
    """Writes NAME.svg, NAME.pdf and NAME.png (300 dpi) into the folder; byte-identical for equal input."""
    with house():
        figure = _figure(picture)
        text = _svg(figure)
        figure.savefig(
            folder / f"{picture.name}.pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None}
        )
        figure.savefig(
            folder / f"{picture.name}.png", dpi=300, metadata={"Software": None}, pil_kwargs={"compress_level": 3}
        )
    (folder / f"{picture.name}.svg").write_text(text, encoding="utf-8")


def shown(picture: Picture, folder: Path) -> Shown:
    """The picture as its file in the folder has it."""
    return _shown(picture, (folder / f"{picture.name}.svg").read_text(encoding="utf-8"), files=True)


def _figure(picture: Picture) -> Figure:
    """The figure, laid out once for all its files: layout takes longer than drawing."""
    figure = Figure(figsize=picture.size, layout="constrained")
    FigureCanvasAgg(figure)
    picture.draw(figure)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _shown(picture: Picture, text: str, *, files: bool) -> Shown:
    return Shown(
        name=picture.name,
        title=picture.caption.split(".")[0],
        caption=picture.caption,
        choice=picture.choice,
        svg=inline(text, picture.name, picture.caption),
        files=files,
    )


def inline(text: str, name: str, caption: str) -> Markup:
    """An SVG file's text as an element of the page: its own ids, the page's text colour, a name for screen readers."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # A page has a hundred figures: ids that nothing refers to, and long ones, would be a quarter of it.
    own, used = f"f{_short(name)}", set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda found: f' id="{own}-{found[1]}"' if found[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{own}-", body)
    # The first is the background of the whole figure.
    body = body.replace(INK, "currentColor").replace(f"fill: {PAPER}", "fill: none", 1)
    body = body.replace(f"fill: {PAPER}", "fill: Canvas").replace(f"stroke: {PAPER}", "stroke: Canvas")
    body = re.sub(r"[ \t]*\n[ \t]*", "\n", body)
    body = re.sub(r'(?<=\s)(?:d|x|y)="[^"]*"', lambda found: re.sub(r"(\.\d)\d+", r"\1", found[0]), body)
    label = str(escape(caption))
    # matplotlib escapes the text it writes, and the label is escaped above.
    return Markup(body.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))  # noqa: S704


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:6]


def single(plot: Callable[..., object], info: object) -> Callable[[Figure], object]:
    """A drawing of one record on one pair of axes; it can be sent to another process."""
    return partial(_single, plot, info)


def _single(plot: Callable[..., object], info: object, figure: Figure) -> object:
    return plot(info, figure.subplots())
