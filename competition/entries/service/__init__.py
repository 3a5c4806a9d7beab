"""Commands on teams and entries: the only writers of the entries tables."""
