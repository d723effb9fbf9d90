"""A figure that a notebook shows without pyplot."""

from __future__ import annotations

from ablate.report.notebook_figure import NotebookFigure


def test_a_figure_has_its_size_and_is_a_picture() -> None:
    figure = NotebookFigure(2.0, 1.5)
    figure.subplots().plot([0, 1])
    assert figure.get_size_inches().tolist() == [2.0, 1.5]
    assert figure.get_layout_engine().__class__.__name__ == "ConstrainedLayoutEngine"
    assert figure._repr_png_().startswith(b"\x89PNG")
