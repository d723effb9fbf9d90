"""Hold the plain values that every stage shares: studies, errors, files, JSON."""
