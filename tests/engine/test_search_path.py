"""What an address of PostgreSQL sets by itself holds; where it fails, the input is named."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from loopqa.engine.run import run_workflow
from loopqa.errors import PluginError
from tests.engine.ticketing import build
from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.mark.parametrize("asked", ["random", "same"])
def test_the_schema_of_the_address_is_read_and_not_its_namesake(
    tmp_path: Path, postgres_url: str, asked: str
) -> None:
    with psycopg.connect(postgres_url) as crm:
        crm.execute("CREATE SCHEMA service")
        for name, n in (("ratings", 900), ("service.ratings", 60)):
            crm.execute(
                f"CREATE TABLE {name} AS SELECT n AS ticket, 'c' || n AS caller, date '2026-09-05'"
                f" AS day, 'chat' AS channel, 4 AS speed, 4 AS attitude "
                f"FROM generate_series(1, {n}) AS n"
            )
    tickets = build(tmp_path)
    sign = "&" if "?" in postgres_url else "?"
    tickets.change("sqlite:///crm.db", f"{postgres_url}{sign}options=-csearch_path%3Dservice")
    tickets.change("    incremental: {column: changed, id: ticket}\n", "")
    tickets.change("detect:", f"re_evaluate: {{asked: {asked}}}\ndetect:")
    with tickets.on("2026-10-02") as ws:
        report = run_workflow(ws, "tickets")
    assert report.rows.loaded == 60
    assert bool(report.notes) is (asked == "random")  # counted there


def test_of_several_inputs_the_one_whose_database_fails_is_named(tmp_path: Path) -> None:
    tickets = build(tmp_path)
    tickets.change("table: ratings", "table: rating")
    with tickets.on("2026-10-02") as ws, pytest.raises(PluginError) as caught:
        run_workflow(ws, "tickets")
    assert str(caught.value).startswith("ratings: the database says: no such table: rating")
