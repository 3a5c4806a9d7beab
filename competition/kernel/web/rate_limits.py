"""When a limit on tries opens again, read from the limit's own counters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import current_app, request
from flask_limiter import RequestLimit
from limits import WindowStats
from redis.exceptions import RedisError

from competition.extensions import limiter


def opens_at() -> datetime | None:
    """The end of the last window that is used up for this request, to the next full minute.

    A refusal names the shortest window only: after an hour's tries, those of the day may be used up as well.
    None when the store of the counters does not answer.
    """
    try:
        ends = [window.reset_time for window in map(_window, _limits()) if window.remaining == 0]
    except RedisError:
        return None
    if not ends:
        return None
    end = datetime.fromtimestamp(max(ends) + 1, UTC)  # counted in whole seconds, cut off
    return end.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _limits() -> list[RequestLimit]:
    """What is counted for this request: the limits of its view, each for whom it counts."""
    endpoint = request.endpoint or ""
    _all, of_view = limiter.limit_manager.resolve_limits(current_app, endpoint, request.blueprint)
    prefix = current_app.config["RATELIMIT_KEY_PREFIX"]
    return [
        RequestLimit(limiter, one.limit, [prefix, one.key_func(), one.scope_for(endpoint, request.method)],
                     False, one.shared)
        for one in of_view if not one.is_exempt and not one.method_exempt
    ]


def _window(limit: RequestLimit) -> WindowStats:
    return limit.window
