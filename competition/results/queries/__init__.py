"""Reads of the results slice: runs, the board of a run, the cutoff, the arithmetic of one entry, staleness."""
