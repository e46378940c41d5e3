"""PostgreSQL as the state: servers and databases that can't be used, and what a lost one leaves."""

from __future__ import annotations

import sys
import threading
from contextlib import closing

import pytest
from sqlalchemy import create_engine

from loopqa.errors import DataError, RunFailed, UsageError
from loopqa.store import postgresql
from loopqa.store.door import Store


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def where(url: str) -> str:
    """How messages name the database."""
    return url.partition("?")[0].replace(":@", "@")


@pytest.fixture
def told(tmp_path):
    """What somebody is told who opens a URL."""

    def open_it(url, kind):
        with pytest.raises(kind) as told:
            Store.open(url, root=tmp_path).close()
        assert "secret" not in str(told.value)
        return str(told.value)

    return open_it


def test_a_server_that_is_away_is_told_without_the_password(told):
    assert told("postgresql://li:secret@127.0.0.1:1/qa", RunFailed) == (
        "postgresql://li@127.0.0.1:1/qa: the database server can't be reached: Connection refused\n"
        "  hint: start it, or check host and port of state: in loopqa.yaml, then try again"
    )


def test_a_host_that_nobody_knows_is_told(told):
    message = told("postgresql://li:secret@nowhere.invalid/qa", RunFailed)
    assert message.startswith(
        "postgresql://li@nowhere.invalid/qa: the database server can't be reached: "
    )


def test_a_database_that_is_not_there_is_told(told, url, where):
    name = where.rpartition("/")[2]
    assert told(url.replace(name, "nowhere"), UsageError) == (
        f"{where.replace(name, 'nowhere')}: there is no such database\n"
        "  hint: make it first: createdb NAME, or CREATE DATABASE NAME ENCODING 'UTF8'"
    )


def test_a_wrong_password_is_told(told, url, where, locked_user):
    asked = url.replace("postgres:@", f"{locked_user}:secret@")
    assert told(asked, UsageError) == (
        f"{where.replace('postgres@', f'{locked_user}@')}: the server refused the login: password "
        f'authentication failed for user "{locked_user}"\n'
        "  hint: check user and password of state: in loopqa.yaml"
    )


def test_a_missing_driver_is_told(told, url, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert told(url, UsageError) == (
        "state: PostgreSQL needs the driver psycopg, which is not installed\n"
        '  hint: install it: pip install "loopqa[postgres]"'
    )


def test_a_database_that_takes_no_writes_is_told(told, url, where, behind):
    _execute(behind, "ALTER DATABASE {} SET default_transaction_read_only = on", where)
    assert told(url, RunFailed) == (
        f"{where}: the state database can't be written: cannot execute CREATE TABLE in a read-only "
        "transaction\n  hint: name the server that takes writes, not its standby"
    )


def test_a_user_who_may_not_make_tables_is_told(told, url, where, behind):
    _execute(behind, "CREATE ROLE {}_guest LOGIN", where)
    guest = where.rpartition("/")[2] + "_guest"
    assert told(url.replace("postgres:@", f"{guest}:secret@"), RunFailed) == (
        f"{where.replace('postgres@', f'{guest}@')}: the state database can't be written: "
        "permission denied for schema public\n"
        "  hint: let the user make tables: GRANT CREATE, USAGE ON SCHEMA public TO user"
    )
    _execute(behind, "DROP ROLE {}_guest", where)


def test_a_schema_that_is_not_there_is_told(told, url, where):
    assert told(f"{url}&options=-csearch_path%3Dqa", RunFailed) == (
        f"{where}: the state database can't be written: no schema has been selected to create in\n"
        "  hint: make the schema first: CREATE SCHEMA name"
    )


def test_a_database_that_can_not_hold_every_text_is_refused(told, url, where, behind):
    _execute(
        behind,
        "CREATE DATABASE {}_narrow ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' "
        "TEMPLATE template0",
        where,
    )
    narrow = f"{where}_narrow"
    assert told(url.replace(where.rpartition("/")[2], narrow.rpartition("/")[2]), DataError) == (
        f"{narrow}: the database has the encoding LATIN1, which can't hold every text\n"
        "  hint: make one with: CREATE DATABASE loopqa ENCODING 'UTF8' TEMPLATE template0"
    )
    _execute(behind, "DROP DATABASE {}_narrow WITH (FORCE)", where)


def test_the_database_of_another_program_is_left_alone(told, url, where, behind):
    _execute(behind, "CREATE TABLE bookmarks (url TEXT)", where)
    assert told(url, DataError) == (
        f"{where}: this database belongs to another program\n"
        "  hint: name a file, database or schema of its own under state: in loopqa.yaml"
    )


def test_two_states_live_in_two_schemas_and_do_not_wait_for_each_other(loop, tmp_path, url, behind):
    with behind.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA qa")
    loop.add_wave()
    with closing(Store.open(f"{url}&options=-csearch_path%3Dqa", root=tmp_path)) as other:
        with loop.writing(), other.writing(actor="li", now=loop.now) as writer:
            writer.enter("x.happened", "-", {})
        with other.reading() as reader:
            assert len(reader.audit()) == 1
    with loop.store.reading() as reader:
        assert len(reader.audit()) == 2


def test_a_writer_that_waits_too_long_is_told(loop, tmp_path, url, where, monkeypatch):
    monkeypatch.setattr(postgresql, "PATIENCE", 0.2)
    with closing(Store.open(url, root=tmp_path)) as other:
        with other.writing(actor="li", now=loop.now), pytest.raises(RunFailed) as told:
            loop.add_wave()
        assert str(told.value) == (
            f"{where}: the state database is in use: another process did not let go of it within "
            "0.2 s\n"
            "  hint: nothing was changed; wait for the other command or end it, then try again"
        )
    loop.add_wave()


def test_a_writer_waits_for_the_one_before_it_and_sees_what_that_one_did(loop, tmp_path, url):
    begun, seen = threading.Event(), []

    def follow():
        with closing(Store.open(url, root=tmp_path)) as other:
            begun.set()
            with other.writing(actor="wang", now=loop.now) as writer:
                seen.append(len(writer.audit()))

    with loop.writing() as writer:
        follower = threading.Thread(target=follow)
        follower.start()
        begun.wait()
        writer.enter("x.happened", "-", {})
    follower.join()
    assert seen == [1]


def test_a_server_that_goes_away_is_told_and_found_again(loop, where, behind):
    loop.add_wave()
    with pytest.raises(RunFailed) as told:
        _lose_the_server(loop, behind)
    assert str(told.value).splitlines() == [
        f"{where}: the database server went away: terminating connection due to administrator "
        "command",
        "  hint: run the command again when the server is back: what was done already is not done "
        "twice",
    ]
    with loop.writing() as writer:
        assert writer.add_finding(loop.finding).id == 1


def test_ids_have_no_gaps_after_a_change_that_was_undone(loop):
    loop.add_wave()
    with pytest.raises(ZeroDivisionError):
        _give_up(loop)
    with loop.writing() as writer:
        assert writer.add_finding(loop.finding).id == 1


def test_a_text_that_the_database_can_not_hold_is_told(loop, where):
    with pytest.raises(DataError) as told, loop.writing(actor="li\x00") as writer:
        writer.enter("x.happened", "-", {})
    assert str(told.value).startswith(f"{where}: a text can't be stored: ")


@pytest.fixture
def locked_user(postgres_server, behind):
    """A user of the server who needs a password."""
    name = "keyholder"
    rules = postgres_server.pgdata / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"local all {name} scram-sha-256\n{before}")
    with behind.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD 'other'")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    yield name
    rules.write_text(before)
    with behind.begin() as connection:
        connection.exec_driver_sql(f"DROP ROLE {name}")
        connection.exec_driver_sql("SELECT pg_reload_conf()")


def _execute(engine, statement, where):
    """Run a statement about the database of the test outside any transaction."""
    again = create_engine(engine.url, isolation_level="AUTOCOMMIT")
    with again.connect() as connection:
        connection.exec_driver_sql(statement.format(where.rpartition("/")[2]))
    again.dispose()


def _give_up(loop):
    with loop.writing() as writer:
        writer.add_finding(loop.finding)
        raise ZeroDivisionError


def _lose_the_server(loop, engine):
    with loop.writing() as writer:
        writer.add_finding(loop.finding)
        _end_all_others(engine)
        writer.findings()


def _end_all_others(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
