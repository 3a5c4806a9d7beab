"""Work outside of requests: the outbox, its queue, mail, the processes that run it."""
