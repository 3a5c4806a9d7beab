"""Selection under a budget, decisions, publication of the result, its corrections and its public notice."""
