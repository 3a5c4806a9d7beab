"""Pages of programmes and calls, by audience."""

from competition.calls.routes.public import bp as public

BLUEPRINTS = (public,)
