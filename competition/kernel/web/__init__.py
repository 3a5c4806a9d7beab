"""Requests and pages: access, forms, errors, limits, templates, caches of public pages."""
