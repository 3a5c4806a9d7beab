"""Selection under a budget and the pilots that follow from it."""
