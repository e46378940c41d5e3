"""What a PostgreSQL server or its driver says, as sentences that tell people what to do.

A server's own messages come in its language; where there is a code (SQLSTATE), it decides. Failed
connections have none: there the words decide, and where they are not known they are passed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy.exc import DataError as NotStorable
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from loopqa.errors import DataError, LoopQAError, RunFailed, UsageError
from loopqa.language import Text, text

_REFUSED = re.compile(
    r'password|authentication failed|role ".*" does not exist|pg_hba\.conf|not permitted to log in'
)
_NO_DATABASE = re.compile(r'database ".*" does not exist')


def explained(error: DBAPIError, where: str, patience: float) -> LoopQAError | None:
    """The clear error behind a driver's error; None for errors of our own making.

    Args:
        where: the database, as people know it, without a password.
        patience: seconds that were waited for another writer.
    """
    known = _BY_STATE.get(getattr(error.orig, "sqlstate", None) or "")
    if known is not None:
        return known(where, _reason(error), patience)
    if isinstance(error, NotStorable):
        return DataError(
            text("{file}: a text can't be stored: {reason}", file=where, reason=_reason(error))
        )
    if isinstance(error, (IntegrityError, ProgrammingError)):
        return None
    if error.statement is None and not error.connection_invalidated:
        return _not_connected(where, _reason(error))
    if error.connection_invalidated:
        return _gone(where, _reason(error), patience)
    return RunFailed(
        text("{file}: the state database failed: {reason}", file=where, reason=_reason(error)),
        hint=text("nothing was changed; see to the cause and run the command again"),
    )


def not_unicode(where: str, encoding: str) -> DataError:
    """The error of a database that can't hold every text."""
    return DataError(
        text(
            "{file}: the database has the encoding {name}, which can't hold every text",
            file=where,
            name=encoding,
        ),
        hint=text("make one with: CREATE DATABASE loopqa ENCODING 'UTF8' TEMPLATE template0"),
    )


def _reason(error: DBAPIError) -> str:
    """The last line that says something: of a failed connection, why its last address failed."""
    lines = [line.strip() for line in str(error.orig).splitlines()]
    telling = [line for line in lines if line and not line.startswith(("Is the server", "DETAIL"))]
    reason = next((line for line in telling if "failed: " in line), telling[0] if telling else "")
    return reason.rpartition("failed: ")[2].removeprefix("FATAL:").removeprefix("ERROR:").strip()


def _not_connected(where: str, reason: str) -> LoopQAError:
    if _NO_DATABASE.search(reason):
        return UsageError(
            text("{file}: there is no such database", file=where),
            hint=text("make it first: createdb NAME, or CREATE DATABASE NAME ENCODING 'UTF8'"),
        )
    if _REFUSED.search(reason):
        return UsageError(
            text("{file}: the server refused the login: {reason}", file=where, reason=reason),
            hint=text("check user and password of state: in loopqa.yaml"),
        )
    return RunFailed(
        text("{file}: the database server can't be reached: {reason}", file=where, reason=reason),
        hint=text("start it, or check host and port of state: in loopqa.yaml, then try again"),
    )


def _gone(where: str, reason: str, _: float) -> LoopQAError:
    return RunFailed(
        text("{file}: the database server went away: {reason}", file=where, reason=reason),
        hint=text(
            "run the command again when the server is back: what was done already is not done twice"
        ),
    )


def _busy(where: str, _: str, patience: float) -> LoopQAError:
    return RunFailed(
        text(
            "{file}: the state database is in use: another process did not let go of it "
            "within {seconds} s",
            file=where,
            seconds=f"{patience:g}",
        ),
        hint=text("nothing was changed; wait for the other command or end it, then try again"),
    )


def _failing(message: Callable[[str, str], Text], hint: Text) -> _Explanation:
    def explain(where: str, reason: str, _: float) -> LoopQAError:
        return RunFailed(message(where, reason), hint=hint)

    return explain


def _unwritable(where: str, reason: str) -> Text:
    return text("{file}: the state database can't be written: {reason}", file=where, reason=reason)


_Explanation = Callable[[str, str, float], LoopQAError]

_READ_ONLY = _failing(_unwritable, text("name the server that takes writes, not its standby"))
_FORBIDDEN = _failing(
    _unwritable,
    text("let the user make tables: GRANT CREATE, USAGE ON SCHEMA public TO user"),
)
_NO_SCHEMA = _failing(_unwritable, text("make the schema first: CREATE SCHEMA name"))
_FULL = _failing(_unwritable, text("make room on the server, then run the command again"))

_BY_STATE: dict[str, _Explanation] = {
    "55P03": _busy,
    "25006": _READ_ONLY,
    "42501": _FORBIDDEN,
    "3F000": _NO_SCHEMA,
    "53100": _FULL,
    "57P01": _gone,
    "57P02": _gone,
    "57P03": _gone,
    "08000": _gone,
    "08003": _gone,
    "08006": _gone,
}
