"""What pages of organizers answer while the entries of a call are sealed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from competition.calls.models import Call
from competition.calls.tabs import current_label
from competition.entries.sealing import are_sealed
from competition.kernel.errors import IllegalMove


def once_opened(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Show a page that speaks of single entries only once they are opened; until then it says that they are sealed.

    Stands below ``@requires``: it gets the call that the permission has loaded.
    """

    @wraps(view)
    def guarded(call: Call, *args: Any, **values: Any) -> ResponseReturnValue:
        if not are_sealed(call):
            return view(call, *args, **values)
        if request.method == "GET":
            label = current_label(request.endpoint or "")
            return render_template("entries/organizer_not_opened.html", call=call, label=label)
        raise IllegalMove(_("The entries are sealed. Open them first."))

    return guarded
