"""Aggregation runs, decisions, publication."""
