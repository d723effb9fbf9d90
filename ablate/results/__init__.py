"""Read a study's stored trials as data frames."""
