"""Panels, conflicts of interest, assignment, score sheets. What judges see carries no identity."""
