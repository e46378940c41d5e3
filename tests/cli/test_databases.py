"""Inputs of type ``sql`` on the command line: how they are read, what is wrong, never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.ticketing import Tickets, build


@pytest.fixture
def tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tickets:
    """A workspace with a ticket database, in October."""
    made = build(tmp_path / "tickets")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("LOOPQA_NOW", "2026-10-02")
    return made


def here(tickets: Tickets, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in the workspace."""
    monkeypatch.chdir(tickets.root)


def test_check_says_how_each_database_is_read(loopqa, tickets, monkeypatch):
    here(tickets, monkeypatch)
    said = loopqa("check")
    assert (said.code, said.err) == (
        0,
        "all definitions are sound\n"
        "tickets: input 'ratings' is read row by row: "
        "it is incremental, so its rows land as evidence\n",
    )
    tickets.change("    incremental: {column: changed, id: ticket}\n", "")
    assert loopqa("check", "--json").json["inputs"] == [
        {
            "workflow": "tickets",
            "input": "ratings",
            "counted": "row_by_row",
            "why": "its rows become evidence",
        }
    ]
    monkeypatch.setenv("LOOPQA_LANG", "zh")
    assert "tickets：输入 'ratings' 逐行读取：它的行会成为证据" in loopqa("check").err


def test_what_is_wrong_with_a_query_is_told_with_its_place(loopqa, tickets, monkeypatch):
    here(tickets, monkeypatch)
    tickets.change("table: ratings", "query: delete from ratings")
    said = loopqa("check")
    assert (said.code, said.out) == (
        2,
        "error: workflows/tickets.yaml:9:12: option 'query': "
        "write one SELECT, which changes nothing\n",
    )
    tickets.change("query: delete from ratings", "query: select * from ratings\n    table: x")
    assert "give either 'query' or 'table'" in loopqa("check").out


def test_no_command_shows_the_password_of_a_database(loopqa, tickets, monkeypatch):
    here(tickets, monkeypatch)
    tickets.change("sqlite:///crm.db", "postgresql://bi:geheim@127.0.0.1:1/crm")
    for command in (("check",), ("check", "--json"), ("run",), ("status",)):
        said = loopqa(*command)
        assert "geheim" not in said.out + said.err, command
    assert loopqa("run").code == 3
    tickets.change("postgresql://bi:geheim@127.0.0.1:1/crm", '"${env:NO_SUCH_VARIABLE}"')
    assert loopqa("status").code == 0  # looked up only where the database is read
    said = loopqa("run")
    assert (said.code, said.err) == (
        2,
        "error: the environment variable NO_SUCH_VARIABLE is not set\n"
        "  hint: set it where loopqa runs, or write ${file:PATH} and keep it in a file\n",
    )


def test_land_anew_reads_everything_again(loopqa, tickets, monkeypatch):
    here(tickets, monkeypatch)
    assert "120 rows read, 120 loaded, 0 rejected" in loopqa("run").err
    tickets.change("table: ratings", "query: select * from ratings where ticket % 2")
    refused = loopqa("run", "--again")
    assert refused.code == 2
    assert "`loopqa run tickets --land-anew` reads all rows again" in refused.err
    assert "60 rows read, 60 loaded, 0 rejected" in loopqa("run", "--land-anew").err
