"""Commands of the results slice: the only writers of runs."""
