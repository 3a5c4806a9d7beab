"""Commands of the judging slice, by what they change: panels, conflicts, assignments, score sheets, files."""
