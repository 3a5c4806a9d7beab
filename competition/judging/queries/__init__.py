"""Reads of the judging slice: for computations, for the judge's pages, for the organizer's."""

from __future__ import annotations
