"""Write docs/findings.md and docs/guide.md from the reports in results/published/ (`python -m findings`)."""
