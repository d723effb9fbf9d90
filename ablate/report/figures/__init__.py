"""The report's figures as functions `plot_x(info, ax) -> Axes`, which draw a record on the axes they are given."""
