"""Commands of the decisions slice: the only writers of selections, decisions, publications and calendar days."""
