"""What stands behind ``./run``: set-up, supervision, checks. Not part of the running application.

:mod:`devtools.packages` runs on a bare Python and imports the standard library only; everything else runs
in the virtual environment that it makes.
"""
