"""``loopqa db`` and the head of the audit chain: backups, restores, and a cut end that is found."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

STATE = Path(".loopqa") / "state.db"
RELEASED = Path(__file__).parents[1] / "store" / "first_release.sql"
HEAD = re.compile("[0-9a-f]{64}")


@pytest.fixture
def desk(loopqa, at) -> Path:
    folder: Path = at("judged")
    return folder


def head_of(answer) -> str:
    (found,) = HEAD.findall(answer.out)
    return found


def cut_off(folder: Path, entries: int) -> None:
    """Remove the last entries of the chain, as somebody with something to hide would."""
    with closing(sqlite3.connect(folder / STATE)) as connection:
        connection.execute(
            "DELETE FROM audit WHERE sequence > (SELECT max(sequence) FROM audit) - ?", [entries]
        )
        connection.commit()


def test_a_backup_goes_to_its_folder_and_names_the_head(desk, loopqa):
    answer = loopqa("db", "backup")
    assert answer.code == 0
    assert head_of(answer) == head_of(loopqa("audit", "head"))
    (file,) = (desk / ".loopqa" / "backups").iterdir()
    assert file.name == "state-20260502T160000Z.db"
    assert answer.out.startswith(f"{file}: ")


def test_two_backups_of_one_instant_have_two_names(desk, loopqa):
    for _ in range(3):
        assert loopqa("db", "backup").code == 0
    assert sorted(file.name for file in (desk / ".loopqa" / "backups").iterdir()) == [
        "state-20260502T160000Z-2.db",
        "state-20260502T160000Z-3.db",
        "state-20260502T160000Z.db",
    ]


def test_the_document_of_a_backup(desk, loopqa):
    document = loopqa("db", "backup", "kept.db", "--json").json
    assert document == {
        "schema": "loopqa.backup/1",
        "file": "kept.db",
        "bytes": (desk / "kept.db").stat().st_size,
        "entries": loopqa("audit", "head", "--json").json["entries"],
        "head": loopqa("audit", "head", "--json").json["head"],
        "whole": True,
    }
    assert loopqa("db", "backup", "kept.db").code == 2


def test_what_is_not_there_can_not_be_backed_up(loopqa, at):
    at("new")
    answer = loopqa("db", "backup")
    assert answer.code == 2
    assert answer.err == "error: there is no state to back up yet\n  hint: next: loopqa run\n"
    assert not STATE.exists()


def test_a_backup_with_a_broken_chain_is_written_with_a_warning(desk, loopqa):
    with closing(sqlite3.connect(desk / STATE)) as connection:
        connection.execute("UPDATE audit SET actor = 'wang' WHERE sequence = 2")
        connection.commit()
    answer = loopqa("db", "backup")
    assert answer.code == 0
    assert answer.err == (
        "warning: the state's audit chain is broken; `loopqa doctor` says where\n"
    )


def test_a_restore_brings_back_what_was_and_keeps_what_is(desk, loopqa):
    earlier = head_of(loopqa("db", "backup", "kept.db"))
    assert loopqa("action", "note", "A-1", "later").code == 0
    latest = head_of(loopqa("audit", "head"))
    refused = loopqa("db", "restore", "kept.db")
    assert refused.code == 2
    assert "this state is not empty\n  hint: --yes replaces it" in refused.err
    answer = loopqa("db", "restore", "kept.db", "--yes")
    assert answer.code == 0
    assert head_of(answer) == earlier
    (kept,) = (desk / ".loopqa" / "backups").iterdir()
    assert answer.lines[0] == f"what was there is kept in {kept}"
    assert loopqa("audit", "verify", "--head", earlier).code == 0
    assert loopqa("audit", "verify", "--head", latest).code == 1
    assert loopqa("db", "restore", str(kept), "--yes").code == 0
    assert loopqa("audit", "verify", "--head", latest).code == 0
    assert loopqa("doctor").code == 0


def test_a_lost_state_comes_back_without_a_question(desk, loopqa):
    head = head_of(loopqa("db", "backup"))
    (file,) = (desk / ".loopqa" / "backups").iterdir()
    for part in (desk / ".loopqa").glob("state.db*"):
        part.unlink()
    assert loopqa("doctor").code == 1
    answer = loopqa("db", "restore", str(file))
    assert (answer.code, head_of(answer)) == (0, head)
    assert loopqa("doctor").code == 0


def test_a_damaged_state_is_replaced_on_request(desk, loopqa):
    loopqa("db", "backup", "kept.db")
    with closing(sqlite3.connect(desk / STATE)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    os.truncate(desk / STATE, 20_000)
    assert loopqa("db", "check").lines == ["damaged: database disk image is malformed"]
    assert loopqa("db", "restore", "kept.db").code == 2
    answer = loopqa("db", "restore", "kept.db", "--yes")
    assert answer.code == 0
    assert answer.lines[0].startswith("the damaged file is kept as ")
    assert loopqa("db", "check").code == 0


def test_an_earlier_release_is_upgraded_and_says_so(loopqa, at):
    folder = at("new")
    (folder / ".loopqa").mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / STATE)) as connection:
        connection.executescript(RELEASED.read_text("utf-8"))
    assert "sound, with the earlier schema 0001" in loopqa("db", "check").out
    assert loopqa("db", "upgrade").out.endswith("upgraded from schema 0001 to 0006\n")
    assert loopqa("db", "upgrade").out.endswith("schema 0006 is up to date\n")
    assert loopqa("db", "check").out.endswith("sound, schema 0006\n")


def test_a_new_state_is_made_by_upgrade_and_by_nothing_else(loopqa, at):
    at("new")
    assert loopqa("db", "check").out == "there is no state yet\n"
    assert not STATE.exists()
    assert loopqa("db", "upgrade").out.endswith("new state, schema 0006\n")


def test_check_tells_broken_laws(desk, loopqa):
    with closing(sqlite3.connect(desk / STATE)) as connection:
        connection.execute("UPDATE action SET round = 7")
        connection.commit()
    answer = loopqa("db", "check", "--json")
    assert answer.code == 1
    assert answer.json["schema"] == "loopqa.db_check/1"
    assert answer.json["breaches"][0]["law"] == "rounds"
    assert loopqa("db", "check").lines[0].startswith("A-1 has come to round 7, but has ")


def test_a_cut_end_is_found_by_a_head_that_was_printed_earlier(desk, loopqa):
    printed = head_of(loopqa("audit", "head"))
    assert loopqa("audit", "verify", "--head", printed).lines[1].startswith(f"{printed} is entry ")
    cut_off(desk, 2)
    assert loopqa("audit", "verify").code == 0
    answer = loopqa("audit", "verify", "--head", printed)
    assert answer.code == 1
    assert answer.lines[1] == (
        f"{printed} is not in the chain: its end was cut off, or a backup from before was restored"
    )
    document = loopqa("audit", "verify", "--head", printed[:12], "--json").json
    assert (document["whole"], document["asked"], document["asked_at"]) == (
        True,
        printed[:12],
        None,
    )


def test_the_first_characters_of_a_head_do(desk, loopqa):
    printed = head_of(loopqa("audit", "head"))
    assert loopqa("audit", "verify", "--head", f" {printed[:8].upper()} ").code == 0


@pytest.mark.parametrize("written", ["", "abc", "W-1", "g" * 64, "a" * 65, "%_%_%_%_"])
def test_what_is_no_head_is_told(desk, loopqa, written):
    answer = loopqa("audit", "verify", "--head", written)
    assert answer.code == 2
    assert "is no head of an audit chain" in answer.err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reports_print_the_head(desk, loopqa, language):
    made = loopqa("report", "make", "--language", language, "--out", "printed")
    assert made.code == 0, made.err
    (file,) = (desk / "printed").rglob("*.html")
    assert head_of(loopqa("audit", "head")) in file.read_text("utf-8")
