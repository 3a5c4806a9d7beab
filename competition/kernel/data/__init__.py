"""Rows: the transaction of a request, shared tables and column types, identifiers, the audit log, paging."""
