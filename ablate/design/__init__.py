"""Choose which settings a study runs."""
