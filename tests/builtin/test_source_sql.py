"""The source ``sql``: SQLite, DuckDB and a real PostgreSQL."""

from __future__ import annotations

import sqlite3
import sys
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import psycopg
import pytest

from loopqa.builtin.sql_engines import ThroughIbis
from loopqa.builtin.sql_query import Select, one_select
from loopqa.errors import LoopQAError
from loopqa.model.window import Window
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Bookmark, ReadContext, Rejected, Source, builtin_host
from tests.postgres_server import postgres_server, postgres_url  # noqa: F401

TABLE = '''
CREATE TABLE ratings (
    id integer PRIMARY KEY, "at" {time}, speed integer, "Team ""A""" varchar(20), changed integer
)
'''

ROWS = [
    (1, "2026-01-31 23:30:00", 4, "T1", 10),
    (2, "2026-02-10 08:00:00", 2, "T2", 10),
    (3, "2026-02-28 22:00:00", None, "it's", 20),
    (4, "2026-05-01 00:00:00", 5, "服务", 30),
    (5, None, 1, None, 40),
]


def of(url: str, root: Path, **options: Any) -> Source:
    """The source for a URL."""
    return builtin_host().make_source(PluginSpec("sql", {"url": url, **options}), root=root)


def rows(made: Source, **context: Any) -> list[dict[str, Any]]:
    """All sound rows as dicts."""
    found: list[dict[str, Any]] = []
    for item in made.read(ReadContext(**context)):
        if not isinstance(item, (Rejected, Bookmark)):
            found.extend(item if isinstance(item, list) else item.to_pylist())
    return found


def complaint(made: Source) -> str:
    """What is said when the source is checked."""
    with pytest.raises(LoopQAError) as caught:
        made.check()
    return str(caught.value)


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind with the same five ratings."""
    if request.param == "sqlite":
        with sqlite3.connect(tmp_path / "x.db") as one:
            one.execute(TABLE.format(time="text"))
            one.executemany("INSERT INTO ratings VALUES (?, ?, ?, ?, ?)", ROWS)
        one.close()
        return "sqlite:///x.db"
    if request.param == "duckdb":
        two = ibis.duckdb.connect(tmp_path / "x.duckdb")
        two.con.execute(TABLE.format(time="timestamp"))
        two.con.executemany("INSERT INTO ratings VALUES (?, ?, ?, ?, ?)", ROWS)
        two.disconnect()
        return "duckdb:///x.duckdb"
    address: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(address) as three:
        three.execute(TABLE.format(time="timestamp"))
        three.cursor().executemany("INSERT INTO ratings VALUES (%s, %s, %s, %s, %s)", ROWS)
    return address


def test_a_table_and_a_query_of_it_give_the_same_rows(url: str, tmp_path: Path) -> None:
    table = of(url, tmp_path, table="ratings")
    query = of(url, tmp_path, query="select * from ratings; -- all of them")
    assert table.columns() == ("id", "at", "speed", 'Team "A"', "changed")
    found = rows(table)
    assert [(row["id"], row["speed"], row['Team "A"']) for row in found] == [
        (row[0], row[2], row[3]) for row in ROWS
    ]
    assert [row["_row"] for row in found] == [1, 2, 3, 4, 5]
    assert [{**row, "_file": "ratings"} for row in rows(query)] == found


def test_only_wanted_columns_are_asked_for(url: str, tmp_path: Path) -> None:
    (first, *_) = rows(of(url, tmp_path, table="ratings"), columns=frozenset({"speed", "nowhere"}))
    assert first == {"speed": 4, "_file": "ratings", "_row": 1}


def test_rows_far_from_the_window_are_left_to_the_database(url: str, tmp_path: Path) -> None:
    """Days next to the window are read too: their time zone may put them into it."""
    made = of(url, tmp_path, table="ratings")
    window = Window(date(2026, 2, 1), date(2026, 2, 28))
    assert [row["id"] for row in rows(made, window=window, at=("day", "at"))] == [1, 2, 3, 5]
    assert len(rows(made, window=window, at=("nowhere",))) == 5
    assert len(rows(made, window=window)) == 5


def test_an_empty_result_still_tells_its_columns(url: str, tmp_path: Path) -> None:
    made = of(url, tmp_path, query="select id, speed from ratings where id > 100")
    (batch,) = made.read(ReadContext())
    assert (batch.num_rows, batch.schema.names) == (0, ["id", "speed"])  # type: ignore[union-attr]


def test_a_query_that_changes_anything_finds_no_way(url: str, tmp_path: Path) -> None:
    hidden = "with gone as (delete from ratings returning *) select * from gone"
    with pytest.raises(LoopQAError, match="write one SELECT"):
        of(url, tmp_path, query=hidden)
    made = of(url, tmp_path, query='select 1 as "x) as y; drop table ratings --"')
    assert len(rows(made)) == 1
    assert len(rows(of(url, tmp_path, table="ratings"))) == 5


@pytest.mark.parametrize(
    "query",
    ["", "drop table x", "select 1; select 2", "delete from x", "/* select */ vacuum", "selec 1"],
)
def test_only_one_select_is_taken(query: str) -> None:
    with pytest.raises(ValueError, match="write one"):
        one_select(query)


@pytest.mark.parametrize(
    "query",
    ["select ';'", "SELECT 1 -- ; x\n", "with a as (select 1) select * from a", "(select 1)",
     "select $$;$$", "/* ; */ select 1", 'select 1 as ";"'],
)  # fmt: skip
def test_semicolons_inside_texts_names_and_comments_end_nothing(query: str) -> None:
    assert one_select(query) == query
    assert one_select(query + "\n ;\n") == query + "\n "


def test_what_the_database_says_is_told_in_one_line(url: str, tmp_path: Path) -> None:
    said = complaint(of(url, tmp_path, table="rating"))
    assert said.startswith("the database says: ")
    assert "rating" in said
    assert said.count("\n") == 1  # the hint
    assert "speeed" in complaint(of(url, tmp_path, query="select speeed from ratings"))
    if url.startswith("postgresql"):  # the others give the second one another name
        twice = complaint(of(url, tmp_path, query="select id, speed as id from ratings"))
        assert twice.startswith("the query has two columns called 'id'")


def test_new_rows_are_those_behind_the_bookmark(url: str, tmp_path: Path) -> None:
    made = of(url, tmp_path, table="ratings", incremental={"column": "id"})
    assert made.goes_on()
    assert made.relation() is None
    assert [row["_id"] for row in rows(made, columns=frozenset({"speed"}))] == [1, 2, 3, 4, 5]
    state = last_bookmark(made)
    assert state == {"column": "id", "value": 5, "border": []}
    assert rows(made, state=state) == []
    assert [row["_id"] for row in rows(made, state={**state, "value": 3})] == [4, 5]
    assert len(rows(made, state={"column": "other", "value": 3, "border": []})) == 5


def test_rows_that_share_the_borders_value_are_not_lost_and_not_read_twice(
    url: str, tmp_path: Path
) -> None:
    options = {"column": "changed", "id": "id"}
    early = "select * from ratings where id = 1"
    state = last_bookmark(of(url, tmp_path, query=early, incremental=options))
    assert (state["value"], len(state["border"])) == (10, 1)
    late = of(url, tmp_path, table="ratings", incremental=options)
    assert [row["_id"] for row in rows(late, state=state)] == [2, 3, 4, 5]
    assert rows(late, state=last_bookmark(late, state=state)) == []


def test_bookmarks_may_be_times(url: str, tmp_path: Path) -> None:
    made = of(url, tmp_path, table="ratings", incremental={"column": "at", "id": "id"})
    items = list(made.read(ReadContext()))
    nowhere = [item for item in items if isinstance(item, Rejected)]
    assert [(row.column, row.value) for row in nowhere] == [("at", "5")]
    state = last_bookmark(made)
    assert rows(made, state=state) == []
    state = {"column": "at", "value": str(state["value"]).replace("05-01", "04-30"), "border": []}
    assert [row["_id"] for row in rows(made, state=state)] == [4]


def last_bookmark(made: Source, state: Any = None) -> Any:
    """Where the source says it is."""
    marks = [one for one in made.read(ReadContext(state=state)) if isinstance(one, Bookmark)]
    return marks[-1].state


def test_a_column_that_rows_cannot_be_read_by_is_named(url: str, tmp_path: Path) -> None:
    made = of(url, tmp_path, table="ratings", incremental={"column": "change"})
    with pytest.raises(LoopQAError, match="no column 'change'"):
        rows(made)


def test_bytes_and_nuls_are_no_text(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as one:
        one.execute("CREATE TABLE t (a)")
        one.executemany("INSERT INTO t VALUES (?)", [("ok",), (b"\xff",), ("a\0b",), (5,)])
    one.close()
    made = of("sqlite:///x.db", tmp_path, table="t")
    assert [row["a"] for row in rows(made)] == ["ok", 5]
    bad = [item for item in made.read(ReadContext()) if isinstance(item, Rejected)]
    assert [(row.row, row.column, row.reason) for row in bad] == [
        (2, "a", "the value is not text"),
        (3, "a", "the value holds a NUL character"),
    ]


def test_files_that_are_no_databases_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("hello " * 300)
    assert complaint(of("sqlite:///x.db", tmp_path, table="t")).startswith(
        "the database says: file is not a database"
    )
    assert "not a valid DuckDB" in complaint(of("duckdb:///x.db", tmp_path, table="t"))
    assert complaint(of("sqlite:///y.db", tmp_path, table="t")) == (
        "there is no file 'y.db'\n"
        "  hint: paths start at the workspace: sqlite:///data/x.db, or sqlite:////srv/x.db"
    )


@pytest.mark.filterwarnings("ignore::Warning:ibis")
@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
def test_another_database_is_read_through_ibis(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as one:
        one.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        one.execute("INSERT INTO t VALUES (1, 'x')")
    one.close()
    engine = ThroughIbis(f"sqlite://{tmp_path / 'x.db'}")
    try:
        assert engine.columns("SELECT * FROM t") == {"a": False, "b": False}
        select = Select("SELECT * FROM t", ("b",), ("a = 1",))
        assert list(engine.batches(select)) == [[{"b": "x"}]]
    finally:
        engine.close()


def test_what_is_not_installed_or_unknown_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert complaint(of("postgresql://u:pw@db/x", tmp_path, table="t")) == (
        "what connects to this database is not installed\n"
        "  hint: install it: pip install 'loopqa[postgres]'"
    )
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    assert "ibis-framework[mysql]" in complaint(of("mysql://u:pw@db/x", tmp_path, table="t"))
    said = complaint(of("nosuch://u:pw-secret@db/x", tmp_path, table="t"))
    assert "nosuch" in said or "***" in said
    assert "pw-secret" not in said


@pytest.fixture
def guarded(postgres_server: Any, postgres_url: str) -> str:  # noqa: F811
    """A database whose reader needs a password with every special character of URLs."""
    rules = Path(postgres_server.pgdata) / "pg_hba.conf"
    written = rules.read_text()
    if "keeper" not in written:
        rules.write_text("local all keeper scram-sha-256\n" + written)
    with psycopg.connect(postgres_url, autocommit=True) as one:
        one.execute("DROP ROLE IF EXISTS keeper")
        one.execute("CREATE ROLE keeper LOGIN PASSWORD 'p@ss/w:rd#1'")
        one.execute("SELECT pg_reload_conf()")
        one.execute("CREATE TABLE t (a int)")
        one.execute("GRANT SELECT ON t TO keeper")
        one.execute("INSERT INTO t VALUES (7)")
    return postgres_url.replace("postgres:@", "keeper:${env:LOOPQA_TEST_PW}@")


def test_passwords_come_from_the_environment_and_are_never_shown(
    guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = of(guarded, tmp_path, table="t")
    monkeypatch.delenv("LOOPQA_TEST_PW", raising=False)
    assert complaint(made) == (
        "the environment variable LOOPQA_TEST_PW is not set\n"
        "  hint: set it where loopqa runs, or write ${file:PATH} and keep it in a file"
    )
    monkeypatch.setenv("LOOPQA_TEST_PW", "wrong-secret")
    said = complaint(made)
    assert "password authentication failed" in said
    assert "wrong-secret" not in said
    monkeypatch.setenv("LOOPQA_TEST_PW", "p@ss/w:rd#1")
    assert rows(made)[0]["a"] == 7
    (tmp_path / "pw.txt").write_text("p@ss/w:rd#1\n")
    kept = of(guarded.replace("env:LOOPQA_TEST_PW", "file:pw.txt"), tmp_path, table="t")
    assert rows(kept)[0]["a"] == 7
    relation = kept.relation()
    assert relation is not None
    assert "p@ss" not in repr((relation, kept.config, made.config))
    assert "w%3Ard" in relation.url or "w:rd" in relation.url


def test_a_server_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    said = complaint(of("postgresql://bi:pw-secret@127.0.0.1:1/x", tmp_path, table="t"))
    assert said.startswith("the database says: connection failed")
    assert "pw-secret" not in said


def test_relations_are_given_for_engines_that_count(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").touch()
    (tmp_path / "x.db").touch()
    duck = of("duckdb:///x.duckdb", tmp_path, table="a.b").relation()
    assert duck is not None
    assert (duck.url, duck.query) == (
        f"duckdb://{tmp_path / 'x.duckdb'}", 'SELECT * FROM "a"."b"',
    )  # fmt: skip
    assert of("sqlite:///x.db", tmp_path, table="t").relation() is None


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    for options in ({}, {"table": "t", "query": "select 1"}, {"table": "t", "incremental": {}}):
        with pytest.raises(LoopQAError):
            of("sqlite:///x.db", tmp_path, **options)
    with pytest.raises(LoopQAError, match=r"write \$\{env:NAME\} or \$\{file:PATH\}"):
        of("${CRM_URL}", tmp_path, table="t")
