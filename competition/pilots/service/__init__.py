"""Commands of the pilots slice: the only writers of pilots and milestones."""
