"""What the studies found: `python -m findings` writes docs/findings.md from the reports in results/published/."""
