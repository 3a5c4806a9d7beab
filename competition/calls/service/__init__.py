"""Commands on programmes and calls: the only writers of this slice."""
