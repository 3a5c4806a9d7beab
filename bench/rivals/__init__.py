"""One small adapter per method, on the same totals: ``name``, ``available()``, ``version()`` and ``scores(comp)``.

``scores`` returns one number per entry, higher is better.  ``bench.scoring_rivals`` runs those that are
installed.
"""
