"""One declaration per table: its columns with their types, and where its rows come from.

Rows are read in chunks of entries, so that memory does not grow with a programme. Judges appear as
"Judge 3", never by name. Instants are UTC; money is in whole units of the currency beside it.
"""

from __future__ import annotations

from competition.exports.tables.columns import Column, Scope, Table
from competition.exports.tables.entries import ENTRIES
from competition.exports.tables.pilots import PILOTS
from competition.exports.tables.results import RESULTS
from competition.exports.tables.scores import SCORES
from competition.exports.tables.versions import VERSIONS

TABLES = {table.key: table for table in (ENTRIES, SCORES, VERSIONS, RESULTS, PILOTS)}

__all__ = ["TABLES", "Column", "Scope", "Table"]
