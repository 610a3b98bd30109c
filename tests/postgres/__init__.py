"""Real PostgreSQL servers for the tests, out of wheels: nothing to install, no service, no container."""

from tests.postgres.server import Server, running

__all__ = ["Server", "running"]
