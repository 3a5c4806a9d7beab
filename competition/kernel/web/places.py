"""Places that a slice leaves on its pages for links to pages of a later one.

A slice never names the pages of a later slice: it leaves a :class:`Place`, and the later slice fills it in its
``navigation.py``. tests/guards/test_links.py finds endpoints of a later slice in an earlier one.
"""

from __future__ import annotations

from typing import Any

from flask import url_for

PLACES: dict[str, Place] = {}


class Place:
    """A place for one address. Templates know it as ``places.<name>``.

    Parameters
    ----------
    name
        One word, unlike all others.
    purpose
        Which page belongs there.
    """

    def __init__(self, name: str, purpose: str) -> None:
        self.purpose = purpose
        self.endpoint = ""
        PLACES[name] = self

    def fill(self, endpoint: str) -> None:
        """Name the page.

        Raises
        ------
        ValueError
            When another page is named already.
        """
        if self.endpoint not in {"", endpoint}:
            raise ValueError(f"{self.purpose}: {self.endpoint} is named already")
        self.endpoint = endpoint

    def url(self, **values: Any) -> str:
        """The address of the page, with the values of its route."""
        return url_for(self.endpoint, **values)


HOME = Place("home", "the home page")
SIGN_IN = Place("sign_in", "sign in")
SECOND_FACTOR = Place("second_factor", "show or set up a second factor")
SIGN_OUT = Place("sign_out", "sign out")
PROFILE = Place("profile", "a person's own profile")
SIGNATURES = Place("signatures", "the signatures of a programme; takes ``programme_code``")
