"""Serve Hydra's command line: `python -m ablate`."""
