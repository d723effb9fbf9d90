"""List the settings and trials that a study runs."""
