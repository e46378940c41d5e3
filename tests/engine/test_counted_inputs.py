"""A loop over cases that stay in PostgreSQL tells the same as one over the same rows in files."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date

import psycopg

from loopqa.cli.root import run
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

PLUGIN = '''
"""Rows of a PostgreSQL database."""
from contextlib import closing

import psycopg
from loopqa.language import text
from loopqa.plugin import Options, Relation, Source, hookimpl


class InPostgres(Source):
    type = "in_postgres"
    summary = text("rows")
    class Config(Options):
        url: str
        query: str

    def check(self):
        pass

    def relation(self):
        return Relation(self.config.url, self.config.query)

    def read(self, context):
        with closing(psycopg.connect(self.config.url)) as connection:
            cursor = connection.execute(self.config.query)
            names = [one.name for one in cursor.description]
            yield [dict(zip(names, row)) for row in cursor.fetchall()]


@hookimpl
def loopqa_sources():
    return [InPostgres]
'''


def fill(url, folder) -> None:
    """The rows of all files of a folder as one table."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS ratings (ticket text, customer text, day date, "
            "channel text, team text, speed int, attitude int); TRUNCATE ratings"
        )
        with cursor.copy("COPY ratings FROM STDIN") as copy:
            for file in sorted(folder.glob("*.csv")):
                with file.open(encoding="utf-8") as rows:
                    for row in list(csv.reader(rows))[1:]:
                        copy.write_row(row)


def move_in(desk, url) -> None:
    """Let the workflow read its ratings from the database instead of from files."""
    fill(url, desk.root / "data")
    (desk.root / "plugins").mkdir(exist_ok=True)
    (desk.root / "plugins" / "in_postgres.py").write_text(PLUGIN)
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    written = flow.read_text("utf-8")
    source = f"type: in_postgres\n    url: {url}\n    query: SELECT * FROM ratings"
    flow.write_text(written.replace("type: csv\n    path: data/*.csv", source), "utf-8")


def lived(desk) -> dict[str, object]:
    """What the loop says from the first run to the verdict."""
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, "desk-monthly")
    with desk.on("2026-10-05") as ws:
        open_action(ws, ActionDraft((1,), "second line"))
    with desk.on("2026-10-06") as ws:
        start_action(ws, 1)
    with desk.on("2026-10-31") as ws:
        close_action(ws, 1, evidence="rota")
    with desk.on("2027-01-02") as ws:
        tick(ws)
        with ws.reading() as reader:
            return {
                "notes": report.notes,
                "scores": [{**one.scores, "rows": None} for one in reader.waves()],
                "findings": reader.findings(),
                "verdicts": [replace(one, reached_at=None) for one in reader.verdicts()],
            }


def test_the_loop_over_counts_reaches_the_verdict_that_rows_reach(
    make_desk, tmp_path, postgres_url
):
    by_rows, counted = make_desk(tmp_path / "rows"), make_desk(tmp_path / "counts")
    for desk in (by_rows, counted):
        desk.rate(date(2026, 12, 1), {"phone": 3.9}, n=200)
    move_in(counted, postgres_url)
    (notes, *_), told = (found := lived(counted))["notes"], lived(by_rows)
    assert str(notes).startswith("ratings: counted by PostgreSQL ")
    assert found["verdicts"]
    for name in ("scores", "findings", "verdicts"):
        assert found[name] == told[name], name


def test_who_asks_the_same_customers_reads_row_by_row(desk, postgres_url, monkeypatch, capsys):
    move_in(desk, postgres_url)
    assert checked(desk, monkeypatch, capsys) == [
        {"workflow": "desk-monthly", "input": "ratings", "counted": "in_database", "why": None}
    ]
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    flow.write_text(
        flow.read_text("utf-8").replace("from: ratings,", "from: ratings, asked: same,")
    )
    why = "re_evaluate pairs the answers of the same customers"
    assert checked(desk, monkeypatch, capsys) == [
        {"workflow": "desk-monthly", "input": "ratings", "counted": "row_by_row", "why": why}
    ]
    assert run(["check"]) == 0
    assert f"desk-monthly: input 'ratings' is read row by row: {why}" in capsys.readouterr().err
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, "desk-monthly")
    assert report.notes == ()
    assert report.rows.loaded == 4320


def test_what_the_server_can_not_count_is_read_row_by_row_and_said(desk, postgres_url):
    move_in(desk, postgres_url)
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    query = "SELECT ticket, customer, day::text AS day, channel, team, speed, attitude FROM ratings"
    flow.write_text(flow.read_text("utf-8").replace("SELECT * FROM ratings", query))
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, "desk-monthly")
    assert [str(one) for one in report.notes] == [
        "ratings: read row by row: column 'day' holds no dates but texts"
    ]
    assert report.rows.loaded == 4320


def test_counting_again_changes_nothing_until_rows_came_late(desk, postgres_url):
    move_in(desk, postgres_url)
    with desk.on("2026-10-02") as ws:
        first = run_workflow(ws, "desk-monthly")
        assert run_workflow(ws, "desk-monthly", again=True).unchanged
        with psycopg.connect(postgres_url) as connection:
            connection.execute(
                "INSERT INTO ratings VALUES ('late', 'c', '2026-09-30', 'phone', 'phone-1', 1, 1)"
            )
        again = run_workflow(ws, "desk-monthly", again=True)
    assert (first.wave.revision, again.wave.revision) == (1, 2)
    assert again.wave.snapshots[0].loaded > 480


def test_a_first_run_long_after_the_last_rows_goes_back_to_them(desk, postgres_url):
    move_in(desk, postgres_url)
    with desk.on("2027-08-02") as ws:
        report = run_workflow(ws, "desk-monthly")
    assert (str(report.missed), str(report.window)) == (
        "2027-07-01..2027-07-31",
        "2026-09-01..2026-09-30",
    )
    assert len(report.backfilled) == 8


def test_comments_are_read_row_by_row_for_the_analysers_that_ask_for_them(
    desk, postgres_url, monkeypatch, capsys
):
    move_in(desk, postgres_url)
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    written = flow.read_text("utf-8") + "analyse: [slices, themes]\n"
    flow.write_text(written.replace("at: day}", "at: day, comment: team}"), "utf-8")
    why = "the analyser 'themes' reads its comments"
    assert checked(desk, monkeypatch, capsys) == [
        {"workflow": "desk-monthly", "input": "ratings", "counted": "row_by_row", "why": why}
    ]
    flow.write_text(flow.read_text("utf-8").replace("themes]", "drivers]"), "utf-8")
    assert checked(desk, monkeypatch, capsys)[0]["counted"] == "in_database"


def test_of_what_was_counted_no_single_case_is_known_and_it_is_said(desk, postgres_url):
    move_in(desk, postgres_url)
    flow = desk.root / "workflows" / "desk-monthly.yaml"
    flow.write_text(flow.read_text("utf-8") + "analyse: [themes, cases]\n", "utf-8")
    with desk.on("2026-10-02") as ws:
        report = run_workflow(ws, "desk-monthly")
    why = "input 'ratings' was counted in its database: no single case of it is known"
    assert len(report.analyses) == 2 * len(report.opened)
    for one in report.analyses:
        assert one.insight.leads == ()
        assert [str(note) for note in one.insight.notes] == [why]


def checked(desk, monkeypatch, capsys):
    """What ``loopqa check --json`` says of the inputs."""
    monkeypatch.chdir(desk.root)
    assert run(["check", "--json"]) == 0
    return json.loads(capsys.readouterr().out)["inputs"]
