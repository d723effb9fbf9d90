"""Say in lines what a figure shows, without the pixels: axes, labels, marks with their places, sizes and colours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

OF_AXES = ("title", "xlabel", "ylabel", "xlim", "ylim", "xscale", "yscale", "frame_on")
OF_ARTIST = (
    *("text", "position", "fontsize", "rotation", "ha", "va", "color", "linestyle", "linewidth", "marker"),
    *("markersize", "markerfacecolor", "markeredgecolor", "xdata", "ydata", "facecolor", "edgecolor", "hatch"),
    *("xy", "width", "height", "offsets", "alpha", "zorder", "visible"),
)


def described(figure: Figure) -> Iterator[str]:
    """Yield a line for the size, for each axes and for each artist in them.

    Args:
        figure: after it was drawn.
    """
    yield f"size {_plain(figure.get_size_inches())}"
    for artist in (*figure.texts, *figure.legends):
        yield _line(artist, OF_ARTIST)
    for axes in [inner for outer in figure.axes for inner in (outer, *outer.child_axes)]:
        spines = ",".join(side for side, spine in axes.spines.items() if spine.get_visible())
        raised = axes.titleOffsetTrans.get_matrix()[1, 2] * 72 / figure.dpi
        yield f"{_line(axes, OF_AXES)} spines={spines} raised={raised:.3g}"
        legend = axes.get_legend()
        inside = legend.get_texts() if legend else []
        if legend:
            corner = axes.transAxes.inverted().transform_bbox(legend.get_bbox_to_anchor()).bounds
            yield f"legend columns={legend._ncols} corner={_plain(corner)} handles={legend.handlelength:g}"
        ticks = (
            *axes.get_xticklabels(),
            *axes.get_yticklabels(),
            *axes.get_xgridlines()[:1],
            *axes.get_ygridlines()[:1],
        )
        for artist in (*axes.lines, *axes.patches, *axes.collections, *axes.texts, *ticks, *inside):
            yield _line(artist, OF_ARTIST)
            if hasattr(artist, "get_paths"):
                yield f"  paths {_plain(np.concatenate([path.vertices for path in artist.get_paths()] or [[0]]))}"


def _line(artist: Artist, names: tuple[str, ...]) -> str:
    values = {name: _plain(getattr(artist, f"get_{name}")()) for name in names if hasattr(artist, f"get_{name}")}
    shown = " ".join(f"{name}={value}" for name, value in values.items() if value not in ("None", "True", "", "0"))
    return f"{type(artist).__name__} {shown}"


def _plain(value: object) -> str:
    array = np.asarray(value if not isinstance(value, tuple) or value else 0)
    if array.dtype.kind not in "fiu":
        return str(value)
    numbers = array.astype(float).ravel()
    if numbers.size > 24:
        known = np.nan_to_num(numbers)
        return f"{numbers.size}: {known.mean():.5g} {known @ np.linspace(1, 2, known.size):.5g}"
    return ",".join(f"{number:.5g}" for number in numbers)
