"""Pilots that follow from a published result, and their milestones."""
