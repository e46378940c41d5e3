"""Bringing the schema up to date: one transaction for the whole way, safe to race and to kill.

Alembic is only imported where there is something to do; the version is read with one query.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy import text as sql

from loopqa.errors import DataError
from loopqa.language import text
from loopqa.store.database import Beginning, Database, begin_anywhere
from loopqa.store.faults import fault

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""All schema versions this program knows, oldest first; a test holds them to the migrations."""


def ensure_schema(database: Database, beginning: Beginning = begin_anywhere) -> str | None:
    """Create or upgrade the schema where needed; the version that was found, None for a new state.

    Any number of processes may do this at once: one upgrades, the others wait and find it done.

    Raises:
        DataError: a newer LoopQA wrote the schema, or the file belongs to another program.
        LoopQAError: what ``beginning`` raises where there is no state yet.
    """
    found = schema_version(database)
    if found == REVISIONS[-1]:
        return found
    with database.writing() as connection:
        found = _version(connection, database.where)
        if found is None:
            beginning(database.where)
        if found != REVISIONS[-1]:
            _upgrade(connection)
            connection.commit()
    return found


def schema_version(database: Database) -> str | None:
    """The version of the schema that is there; None where there is none yet.

    Raises:
        DataError: a newer LoopQA wrote the schema, or the file belongs to another program.
    """
    with database.reading() as connection:
        return _version(connection, database.where)


def _version(connection: Connection, where: str) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise DataError(
                text("{file}: this database belongs to another program", file=where),
                hint=text("name a file, database or schema of its own under state: in loopqa.yaml"),
            )
        return None
    version = connection.execute(sql("SELECT version_num FROM alembic_version")).scalar()
    if version is not None and version not in REVISIONS:
        raise DataError(
            text(
                "{file}: a newer LoopQA wrote this state (schema {found}); this one knows "
                "schemas up to {known}",
                file=where,
                found=version,
                known=REVISIONS[-1],
            ),
            hint=text("install the newer LoopQA: `pip install --upgrade loopqa`"),
        )
    return version


def _upgrade(connection: Connection) -> None:
    from alembic.config import Config  # noqa: PLC0415 - slow to import, and rarely needed
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    environment = EnvironmentContext(
        Config(),
        scripts,
        fn=lambda version, _: scripts._upgrade_revs("head", version),
    )
    with environment:
        environment.configure(
            connection=connection, on_version_apply=lambda **_: fault("inside-migration")
        )
        # The caller's transaction is open already; Alembic neither begins nor commits one.
        environment.run_migrations()
