"""Builders of test data, one module a slice. Each writes through the models, in its own transaction."""
