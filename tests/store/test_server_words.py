"""What a PostgreSQL server says while it starts, stops or is too busy: a failure that passes.

The sentences are those of a PostgreSQL 18 that was stopped, killed and started again and again
while clients knocked; before a session exists the driver gives no SQLSTATE, so the words decide.
"""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from loopqa.errors import RunFailed, UsageError
from loopqa.store.postgresql_errors import explained

AT = 'connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: '
LOCAL = "\n\tIs the server running locally and accepting connections on that socket?"
PASSING = (
    f"connection is bad: {AT}No such file or directory{LOCAL}",
    f"connection is bad: {AT}Connection refused{LOCAL}",
    f"connection failed: {AT}FATAL:  the database system is starting up",
    f"connection failed: {AT}FATAL:  the database system is not yet accepting connections\n"
    "DETAIL:  Consistent recovery state has not been yet reached.",
    f"connection failed: {AT}FATAL:  the database system is not accepting connections\n"
    "DETAIL:  Hot standby mode is disabled.",
    f"connection failed: {AT}FATAL:  the database system is shutting down",
    f"connection failed: {AT}FATAL:  the database system is in recovery mode",
    f"connection failed: {AT}FATAL:  sorry, too many clients already",
    f"connection failed: {AT}FATAL:  remaining connection slots are reserved for roles with the "
    "SUPERUSER attribute",
    f"connection failed: {AT}FATAL:  canceling authentication due to timeout",
    f"connection failed: {AT}server closed the connection unexpectedly\n"
    "\tThis probably means the server terminated abnormally\n"
    "\tbefore or while processing the request.",
    "consuming input failed: server closed the connection unexpectedly\n"
    "\tThis probably means the server terminated abnormally\n"
    "\tbefore or while processing the request.",
    "connection timeout expired",
)
LASTING = (
    f'connection failed: {AT}FATAL:  password authentication failed for user "li"',
    f'connection failed: {AT}FATAL:  role "li" does not exist',
    f'connection failed: {AT}FATAL:  role "li" is not permitted to log in',
    f'connection failed: {AT}FATAL:  database "qa" does not exist',
)


def told(words: str) -> object:
    """The error that people are told of a connection that failed with these words."""
    failure = psycopg.OperationalError(words)
    wrapped = DBAPIError.instance(None, None, failure, psycopg.Error)
    assert isinstance(wrapped, DBAPIError)
    return explained(wrapped, "postgresql://li@host/qa", 30.0)


@pytest.mark.parametrize("words", PASSING)
def test_a_server_that_is_not_ready_is_worth_another_try(words):
    assert isinstance(told(words), RunFailed)


@pytest.mark.parametrize("words", LASTING)
def test_a_login_that_is_refused_is_not(words):
    assert isinstance(told(words), UsageError)


def test_a_full_server_is_told_by_a_real_one(postgres_server, postgres_url, tmp_path):
    """Roles have limits of their own, so the server need not be filled up for all tests."""
    role = f"few_{postgres_url.partition('?')[0][-8:]}"
    postgres_server.psql(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1;")
    url = postgres_url.replace("postgres:@", f"{role}:@")
    with closing(psycopg.connect(url)), pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect(url)
    assert refused.value.sqlstate is None
    assert isinstance(told(str(refused.value)), RunFailed)
    postgres_server.psql(f"DROP ROLE {role};")
