"""Reads of teams and entries, by reader."""
