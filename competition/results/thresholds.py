"""From where on a pattern of score sheets deserves a look. ``docs/scoring.md`` says why, and what to do."""

from __future__ import annotations

IDENTICAL_LEAST = 3  # sheets of one judge with the same score on every criterion …
IDENTICAL_SHARE = 0.25  # … and this share of the judge's sheets …
CRITERIA_LEAST = 3  # … of rubrics with so many criteria: with fewer, equal sheets are common
COPIED_LEAST = 3  # sheets of one judge with the same comment
SHARED_LENGTH = 40  # letters and digits; shorter comments of two judges are equal by chance
HURRIED_SECONDS = 60  # from the end of the sheet before, or the opening of the entry, to the submission …
HURRIED_LEAST = 3  # … of so many sheets
DRIFT_LEAST = 8  # sheets in a row
DRIFT_POINTS = 3.0  # from a judge's first sheet to the last
DRIFT_LEVEL = 0.05  # chance of one false alarm in the whole panel
SEVERE_POINTS = 3.0  # the whole 95 % interval of a judge's severity lies beyond
OUTLIER = 3.0  # standard deviations from what the entry and the judge's habit would give; more in large calls
OUTLIERS_MOST = 50
DECISIVE_SHARE = 0.2  # of the places that another panel without one judge would give to others …
DECISIVE_LEAST = 2  # … and so many places
