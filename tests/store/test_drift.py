"""On a server, the migrated schema is the one of the tables, in the server's own words."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from loopqa.store.tables import StateTable

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = current_schema()
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
"""
INDEXES = """
    SELECT tablename, indexname, replace(indexdef, schemaname || '.', '')
    FROM pg_indexes WHERE schemaname = current_schema()
"""


def described(connection: Connection) -> set[tuple[object, ...]]:
    return {
        tuple(row)
        for query in (COLUMNS, CONSTRAINTS, INDEXES)
        for row in connection.exec_driver_sql(query)
        if row[0] != "alembic_version"
    }


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_migrated_tables_are_the_created_ones_word_by_word(store, behind):
    with behind.begin() as connection:
        migrated = described(connection)
        connection.exec_driver_sql("CREATE SCHEMA fresh")
        connection.exec_driver_sql("SET search_path TO fresh")
        StateTable.metadata.create_all(connection)
        created = described(connection)
    assert len(migrated) > 150
    assert migrated == created
