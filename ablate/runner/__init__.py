"""Run a study from plan to report: pending trials, workers, store."""
