"""Reads of the decisions slice: decisions, money, selections, published results, whom to notify."""
