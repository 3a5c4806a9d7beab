"""Aggregation runs, the board of a run and the arithmetic of each entry."""
