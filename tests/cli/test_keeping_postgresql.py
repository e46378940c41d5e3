"""A loop that began in a file goes on in PostgreSQL, and comes back, with all it knows."""

from __future__ import annotations

import pytest

from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture
def desk(loopqa, at, postgres_url, monkeypatch):
    """A workspace with a re-survey to come, and the URL of an empty database."""
    folder = at("closed", "2026-03-01")
    monkeypatch.setenv("LOOPQA_STATE", postgres_url)
    return folder


def state_in_postgresql(folder, *, there: bool) -> None:
    settings = folder / "loopqa.yaml"
    line = "state: ${env:LOOPQA_STATE}\n"
    kept = settings.read_text("utf-8").replace(line, "")
    settings.write_text(kept + line if there else kept, "utf-8")


def test_a_state_moves_to_postgresql_and_back(desk, loopqa, monkeypatch):
    head = loopqa("db", "backup", "moving.db", "--json").json["head"]
    state_in_postgresql(desk, there=True)
    assert loopqa("db", "restore", "moving.db").code == 0
    assert loopqa("db", "check").out.endswith("sound, schema 0006\n")
    assert loopqa("audit", "verify", "--head", head).code == 0
    doctor = loopqa("doctor", "--deep")
    assert (doctor.code, doctor.err) == (0, "all is well\n")

    monkeypatch.setenv("LOOPQA_NOW", "2026-04-01")
    assert "asking" in loopqa("tick").out
    assert loopqa("db", "backup", "back.db").code == 0
    state_in_postgresql(desk, there=False)
    assert loopqa("db", "restore", "back.db", "--yes").code == 0
    assert "asking" in loopqa("resurvey", "list").out
    assert loopqa("doctor", "--deep").code == 0


def test_a_state_in_postgresql_is_replaced_on_request_only(desk, loopqa):
    assert loopqa("db", "backup", "moving.db").code == 0
    state_in_postgresql(desk, there=True)
    assert loopqa("db", "restore", "moving.db").code == 0
    refused = loopqa("db", "restore", "moving.db")
    assert refused.code == 2
    assert "this state is not empty" in refused.err
    assert "what was there is kept in" in loopqa("db", "restore", "moving.db", "--yes").out


def test_an_empty_database_beside_evidence_is_told(desk, loopqa):
    state_in_postgresql(desk, there=True)
    answer = loopqa("doctor")
    assert answer.code == 1
    assert answer.lines[0] == "error: the state is gone, though there is evidence of waves"
