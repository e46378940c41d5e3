"""``loopqa doctor``: what is broken is told in a sentence with what to do, never a traceback."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loopqa.cli.root import run
from loopqa.engine.doctor.surroundings import room

STATE = Path(".loopqa") / "state.db"


@pytest.fixture
def desk(loopqa, at) -> Path:
    """A workspace that went once round, on the day after."""
    folder: Path = at("judged")
    return folder


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / STATE)) as connection:
        connection.execute(statement)
        connection.commit()


def settle(folder: Path) -> None:
    """Bring the log into the file, so that the file can be damaged."""
    with closing(sqlite3.connect(folder / STATE)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def test_a_sound_workspace_is_well(desk, loopqa):
    answer = loopqa("doctor", "--deep")
    assert (answer.code, answer.err) == (0, "all is well\n")
    assert answer.lines == [
        "note: there is no backup of the last 7 days",
        "  to do: run: loopqa db backup",
        "note: LOOPQA_NOW sets the clock to 2026-05-02T16:00:00+00:00",
        "note: 24 audit entries were written while LOOPQA_NOW set the clock",
    ]


def test_a_new_workspace_is_well(at, loopqa):
    at("new")
    answer = loopqa("doctor")
    assert answer.code == 0
    assert "note: there is no state yet" in answer.lines
    assert not STATE.exists()


def test_the_doctor_changes_nothing(desk, loopqa):
    before = {path: path.read_bytes() for path in desk.rglob("*") if path.is_file()}
    loopqa("doctor", "--deep")
    after = {path: path.read_bytes() for path in before}
    assert after == before


def test_the_document_says_the_same(desk, loopqa):
    change(desk, "UPDATE action SET state = 'open' WHERE id = 1")
    answer = loopqa("doctor", "--json")
    assert answer.code == 1
    document = answer.json
    assert (document["schema"], document["well"]) == ("loopqa.doctor/1", False)
    assert document["ailments"][0] == {
        "check": "laws",
        "severity": "error",
        "message": document["ailments"][0]["message"],
        "todo": "compare with a backup: somebody changed rows by hand, or this is a bug to report",
        "since": None,
        "could_not_look": False,
    }
    assert document["ailments"][0]["message"].startswith("A-1 is open, but the audit chain last")


def test_it_speaks_chinese(desk, loopqa):
    (desk / ".loopqa" / "pseudonym.key").unlink()
    answer = loopqa("--lang", "zh", "doctor")
    assert answer.lines[0] == "错误：.loopqa/pseudonym.key：假名密钥已丢失"
    assert answer.lines[1].startswith("  处理：请在下次运行前从备份恢复")


def truncated(folder: Path) -> None:
    settle(folder)
    os.truncate(folder / STATE, 20_000)


def no_database(folder: Path) -> None:
    settle(folder)
    (folder / STATE).write_text("not a database at all " * 300)


def flipped_byte(folder: Path) -> None:
    settle(folder)
    with (folder / STATE).open("r+b") as opened:
        opened.seek(4096 * 3)
        opened.write(b"\xff\xfe\xfd")


def deleted_state(folder: Path) -> None:
    settle(folder)
    (folder / STATE).unlink()


def empty_state(folder: Path) -> None:
    settle(folder)
    (folder / STATE).write_bytes(b"")


def deleted_evidence(folder: Path) -> None:
    next((folder / ".loopqa" / "evidence").rglob("*.parquet")).unlink()


def altered_evidence(folder: Path) -> None:
    with next((folder / ".loopqa" / "evidence").rglob("*.parquet")).open("ab") as opened:
        opened.write(b"x")


def edited_audit(folder: Path) -> None:
    change(folder, "UPDATE audit SET actor = 'wang' WHERE sequence = 2")


def edited_row(folder: Path) -> None:
    change(folder, "UPDATE finding SET state = 'open' WHERE id = 1")


def edited_json(folder: Path) -> None:
    change(folder, "UPDATE wave SET snapshots = '{' WHERE id = 1")


def missing_key(folder: Path) -> None:
    (folder / ".loopqa" / "pseudonym.key").unlink()


def broken_key(folder: Path) -> None:
    (folder / ".loopqa" / "pseudonym.key").write_text("secret")


def readable_key(folder: Path) -> None:
    (folder / ".loopqa" / "pseudonym.key").chmod(0o644)


def newer_schema(folder: Path) -> None:
    change(folder, "UPDATE alembic_version SET version_num = '0099'")


def another_program(folder: Path) -> None:
    deleted_state(folder)
    change(folder, "CREATE TABLE album (id)")


def wrong_definition(folder: Path) -> None:
    (folder / "workflows" / "more.yaml").write_text("workflow: [")


def broken_plugin(folder: Path) -> None:
    (folder / "plugins").mkdir()
    (folder / "plugins" / "mine.py").write_text("1 / 0")


def wrong_url(folder: Path) -> None:
    with (folder / "loopqa.yaml").open("a") as settings:
        settings.write("state: postgresql://quality:secret@127.0.0.1:1/loopqa\n")


@pytest.mark.parametrize(
    ("harm", "options", "code", "said"),
    [
        (truncated, (), 1, "readable state database: database disk image is malformed"),
        (no_database, (), 1, "this is no readable state database: file is not a database"),
        (flipped_byte, ("--deep",), 1, "damaged:"),
        (deleted_state, (), 1, "error: the state is gone, though there is evidence of waves"),
        (empty_state, (), 1, "error: the state is gone, though there is evidence of waves"),
        (deleted_evidence, (), 1, ".parquet is gone"),
        (altered_evidence, ("--deep",), 1, ".parquet was altered"),
        (edited_audit, (), 1, "the audit chain is broken at entry 2: its content was changed"),
        (edited_row, (), 1, "F-1 is open, but the audit chain last told"),
        (edited_json, (), 3, "error: the check 'evidence' could not end"),
        (missing_key, (), 1, "the key of the pseudonyms is gone"),
        (broken_key, (), 1, "not a key file of LoopQA"),
        (readable_key, (), 1, "other users may read the key of the pseudonyms"),
        (newer_schema, (), 1, "a newer LoopQA wrote this state (schema 0099)"),
        (another_program, (), 1, "this database belongs to another program"),
        (wrong_definition, (), 1, "errors in the definitions: 1"),
        (broken_plugin, (), 1, "plugin mine failed"),
        (wrong_url, (), 3, "the database server can't be reached: Connection refused"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_harm_is_told_with_what_to_do(desk, loopqa, harm, options, code, said):
    harm(desk)
    answer = loopqa("doctor", *options)
    assert (answer.code, answer.err) == (code, "")
    at = next((at for at, line in enumerate(answer.lines) if said in line), None)
    assert at is not None, answer.out
    assert any(line.startswith("  to do: ") for line in answer.lines[at + 1 : at + 3])
    assert "Traceback" not in answer.out
    assert "secret@" not in answer.out


def test_a_log_that_was_deleted_is_noticed_by_the_newest_backup(desk, loopqa, monkeypatch):
    settle(desk)
    before = (desk / STATE).read_bytes()
    monkeypatch.setenv("LOOPQA_NOW", "2026-05-04")
    assert loopqa("action", "note", "A-1", "seen again").code == 0
    assert loopqa("db", "backup").code == 0
    for part in (desk / ".loopqa").glob("state.db*"):
        part.unlink()
    (desk / STATE).write_bytes(before)  # what is left without the log
    answer = loopqa("doctor")
    assert answer.code == 1
    assert answer.lines[0].startswith(
        "error: the state lacks what backup state-20260503T160000Z.db"
    )
    assert answer.lines[2] == (
        "  to do: `loopqa db restore .loopqa/backups/state-20260503T160000Z.db` brings that back"
    )


def test_an_action_closed_by_hand_and_a_late_re_survey_are_told(at, loopqa):
    at("closed", "2026-04-10")
    answer = loopqa("doctor")
    assert answer.code == 1
    assert answer.lines[:3] == [
        "error: nobody ticks: 1 re-surveys should have been taken up, the first is R-1",
        "  since 2026-03-26T16:00+00:00",
        "  to do: run `loopqa tick` by cron, or keep `loopqa worker` running",
    ]


def test_a_workflow_that_is_gone_is_told_while_something_depends_on_it(at, loopqa):
    folder = at("closed", "2026-03-01")
    (folder / "workflows" / "hotline.yaml").unlink()
    answer = loopqa("doctor")
    assert answer.code == 1
    assert "workflow 'hotline' of " in answer.out
    assert "bring its file back, or mend it" in answer.out


def test_an_audit_entry_of_tomorrow_is_told(at, loopqa):
    at("closed", "2026-02-20")
    answer = loopqa("doctor")
    assert "which is still to come" in answer.out


def test_an_older_schema_is_no_illness(at, loopqa):
    folder = at("new")
    dump = Path(__file__).parents[1] / "store" / "first_release.sql"
    (folder / ".loopqa").mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / STATE)) as connection:
        connection.executescript(dump.read_text("utf-8"))
    answer = loopqa("doctor")
    assert answer.code == 0
    assert "note: the state has schema 0001; this version writes 0006" in answer.lines


def test_wrong_settings_keep_the_doctor_from_looking(desk, loopqa):
    (desk / "loopqa.yaml").write_text("time_zone: Mars/Olympus\n")
    answer = loopqa("doctor")
    assert answer.code == 3
    assert "there is no time zone 'Mars/Olympus'" in answer.err


def test_a_full_disk_is_told():
    assert [one.severity.value for one in room(10_000_000)] == ["error"]
    assert [one.severity.value for one in room(150_000_000)] == ["warning"]
    assert list(room(10**10)) == []


@pytest.fixture
def public(desk) -> Iterator[Path]:
    """A copy that everybody may read and nobody but its owner may write."""
    settle(desk)
    folder = Path(tempfile.mkdtemp(prefix="loopqa-public-"))
    shutil.copytree(desk, folder / "desk", dirs_exist_ok=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    yield folder / "desk"
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="needs users")
def test_a_folder_that_can_not_be_written_is_told(public):
    said, end = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        sys.stdout = os.fdopen(end, "w")
        if os.getuid() == 0:
            os.setuid(65534)
        else:
            for path in (public / ".loopqa", public / STATE):
                path.chmod(0o555)
        os.chdir(public)
        os.environ["LOOPQA_LANG"] = "en"
        code = run(["doctor"])
        sys.stdout.flush()
        os._exit(code)
    os.close(end)
    with os.fdopen(said) as heard:
        answer = heard.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    assert "state database can't be written" in answer
    assert "check owner and permissions of the file and of its folder" in answer
