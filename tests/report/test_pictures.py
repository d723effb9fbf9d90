from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ablate.report import pictures
from ablate.report.figure_data import Fan, FanInfo, StatesInfo
from ablate.report.figures.curves import plot_fan
from ablate.report.figures.rates import plot_states
from ablate.report.pictures import Picture, draw, on_axes


def examples() -> list[Picture]:
    counts = np.array([[0, 0, 3, 1, 0, 0, 0], [0, 2, 0, 0, 1, 0, 4]])
    states = StatesInfo(title="t", labels=("<b>a", "b"), counts=counts)
    fan = Fan(label="x", position=1, n=7, steps=np.arange(5.0), quantiles=np.arange(25.0).reshape(5, 5))
    curve = FanInfo(title="t", factor="loss", signal="loss", fans=(fan,))
    return [
        Picture(name="bars", caption='A "caption". More.', size=(4, 2), draw=on_axes(plot_states, states)),
        Picture(name="curve", caption="c", size=(3, 2), draw=on_axes(plot_fan, curve)),
    ]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_equal_figures_give_equal_bytes_in_every_format(tmp_path: Path) -> None:
    drawn = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        drawn.append([draw(picture, tmp_path / name, ("pdf", "png", "svg", "tex")) for picture in examples()])
    one, two = files(tmp_path / "one"), files(tmp_path / "two")
    assert sorted(one) == ["bars.pdf", "bars.png", "bars.svg", "curve.pdf", "curve.png", "curve.svg"]
    assert one == two
    assert [first.svg for first in drawn[0]] == [second.svg for second in drawn[1]]
    assert one["bars.pdf"].startswith(b"%PDF")
    assert one["bars.png"].startswith(b"\x89PNG")
    assert drawn[0][0].formats == ["pdf", "png", "svg"]
    assert "<b>" not in one["bars.svg"].decode()


def test_without_formats_no_file_is_written(tmp_path: Path) -> None:
    drawn = draw(examples()[0], tmp_path)
    assert files(tmp_path) == {}
    assert drawn.formats == []
    assert drawn.picture.title == 'A "caption"'
    assert drawn.svg.startswith('<svg role="img" aria-label="A &#34;caption&#34;. More."')


def test_an_svgs_ids_and_colours_become_the_pages() -> None:
    text = '<?xml?><svg width="1"><metadata>x</metadata><g id="a" style="fill: #111110"/>'
    text += '<g id="nobody"><use href="#a" clip-path="url(#a)"/></g></svg>'
    inline = pictures.inline(text, "fig", 'a "caption"')
    assert inline.startswith('<svg role="img" aria-label="a &#34;caption&#34;" width="1">')
    (prefix,) = set(re.findall(r"#(\w+)-a\b", inline))
    assert f'id="{prefix}-a" style="fill: currentColor"' in inline
    assert f'<g><use href="#{prefix}-a" clip-path="url(#{prefix}-a)"/></g>' in inline
    assert prefix not in pictures.inline(text, "other", "x"), "two figures of a page share no id"
    assert "metadata" not in inline
