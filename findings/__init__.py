"""Write docs/findings/, docs/guide.md and the README's numbers from results/published/ (`python -m findings`)."""
