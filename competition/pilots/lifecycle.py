"""The states of a pilot and of a milestone."""

from __future__ import annotations

from competition.kernel.data.lifecycle import Lifecycle

PILOT = Lifecycle("pilot", {
    "agree": {"proposed": "agreed"},
    "start": {"agreed": "running"},
    "accept": {"running": "accepted"},
    "fail": {"running": "failed"},
    "cancel": {"proposed": "cancelled", "agreed": "cancelled"},
    "propose_again": {"cancelled": "proposed"},
})

MILESTONE = Lifecycle("milestone", {
    "report": {"planned": "reported", "returned": "reported"},
    "accept": {"reported": "accepted"},
    "return": {"reported": "returned"},
})
