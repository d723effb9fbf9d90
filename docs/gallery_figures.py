"""Save the figures that scripts of the gallery make: `ablate.plots` returns figures, which pyplot does not know."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from sphinx_gallery.scrapers import figure_rst


def saved(_: Any, variables: dict[str, Any], config: dict[str, Any]) -> str:
    """Save `figure`, the values of `figures`, and the figures of pyplot; return the text that shows them.

    Args:
        variables: what the block of the script has made, and where pictures go.
        config: the gallery's configuration.
    """
    known = variables["example_globals"]
    made = [known.pop("figure", None), *known.pop("figures", {}).values()]
    made += [plt.figure(number) for number in plt.get_fignums()]
    paths = []
    for figure, path in zip(dict.fromkeys(filter(None, made)), variables["image_path_iterator"], strict=False):
        figure.savefig(path, dpi=120)
        paths.append(path)
    plt.close("all")
    return str(figure_rst(paths, config["src_dir"]))
