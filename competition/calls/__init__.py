"""Programmes and their scenario calls: texts, rules, dates, stages, rubrics, change log."""
