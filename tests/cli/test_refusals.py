"""What is wrong is told once, whole: where, what, and what to do; nothing is half-written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.cli.chinese import english

HEADER = "ticket,responsiveness,attitude,solution"


@dataclass(frozen=True)
class Case:
    """What is done wrong, at which stage of the loop, and all that is said about it."""

    command: list[str]
    says: str
    code: int = 2
    stage: str = "found"
    day: str = "2026-02-28"
    arrange: Callable[[Path], None] | None = None


def file(name: str, content: str | bytes) -> Callable[[Path], None]:
    """Write one file before the command."""
    data = content.encode() if isinstance(content, str) else content
    return lambda root: (root / name).write_bytes(data) and None


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Change one place of a definition before the command."""

    def change(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def workbook(root: Path) -> None:
    """A workbook whose only sheet is called QA."""
    book = Workbook()
    book.active.title = "QA"
    for line in (HEADER, "1,4,5,5"):
        book.active.append(line.split(","))
    book.save(root / "ratings.xlsx")


def sheet(root: Path) -> None:
    """The workflow reads a sheet that the workbook lacks."""
    workbook(root)
    edit(
        "workflows/hotline.yaml",
        'type: csv\n    path: data/ratings.csv\n    rater: customer\n    dates: "%Y-%m-%d"',
        "type: excel\n    path: ratings.xlsx\n    sheet: Ratings\n    rater: customer",
    )(root)


COMPARE = ["compare", "hotline", "--before", "ok.csv", "--after", "ok.csv"]
OK = file("ok.csv", f"{HEADER}\n1,4,5,5\n")
WINDOWS = ["--before", "2026-01-01..2026-01-31", "--after", "2026-02-01..2026-02-28"]
CLOSE = ["action", "close", "A-1", "--evidence"]
MAP = "name the right column in the workflow's `map` or with --map"

DATA = {
    "missing column": Case(
        ["score", "hotline", "x.csv"],
        "error: x.csv: no column responsiveness (responsiveness.rating)\n"
        f"  hint: did you mean responsivenes (responsiveness)? {MAP}\n",
        arrange=file("x.csv", f"{HEADER.replace('ness', 'nes')}\n1,4,5,5\n"),
    ),
    "wrong type in every row": Case(
        ["score", "hotline", "x.csv"],
        "error: x.csv:2:responsiveness: none of 1 rows could be loaded; this one: neither a "
        "number nor a known answer (four)\n",
        arrange=file("x.csv", f"{HEADER}\n1,four,5,5\n"),
    ),
    "empty file": Case(
        ["score", "hotline", "x.csv"],
        "error: x.csv: the file is empty\n  hint: export it again, or take it out of the input\n",
        arrange=file("x.csv", ""),
    ),
    "header only": Case(
        ["score", "hotline", "x.csv"],
        "error: x.csv: there are no rows below the column names\n"
        "  hint: export it again, or take it out of the input\n",
        arrange=file("x.csv", f"{HEADER}\n"),
    ),
    "unreadable encoding": Case(
        ["score", "hotline", "x.csv"],
        "error: x.csv:2: the text is not UTF-8\n"
        "  hint: save the file as UTF-8, or name its encoding, as in 'encoding: gb18030'\n",
        arrange=file(
            "x.csv", f"{HEADER}\n".encode() + b"\xff\xfe\x00\xd8zz,4,4,4\n\x81\x20,1,1,1\n"
        ),
    ),
    "no such file": Case(
        ["score", "hotline", "okay.csv"],
        "error: there is no file 'okay.csv'\n  hint: did you mean 'ok.csv'?\n",
        arrange=OK,
    ),
    "unknown kind of file": Case(
        ["score", "hotline", "ok.pdf"],
        "error: can't tell what kind of file 'ok.pdf' is\n"
        "  hint: give a .csv, .tsv, .jsonl, .xlsx, .xls, .ods or .parquet file\n",
    ),
    "ambiguous dates": Case(
        ["compare", "hotline", "x.csv", "--at", "when", *WINDOWS],
        "error: x.csv:3:when: '03/04/2026' may be 2026-04-03 or 2026-03-04\n"
        "  hint: say which with `dates:`, for example %d/%m/%Y (day first) or %m/%d/%Y "
        "(month first)\n",
        arrange=file("x.csv", f"{HEADER},when\n1,4,5,5,2026-01-03\n2,4,5,5,03/04/2026\n"),
    ),
    "no date column named": Case(
        ["compare", "hotline", "ok.csv", *WINDOWS],
        "error: ok.csv: which column holds the date?\n  hint: name it with --at COLUMN\n",
        arrange=OK,
    ),
    "no customer column named": Case(
        [*COMPARE, "--asked", "same"],
        "error: ok.csv: which column identifies customers?\n"
        "  hint: name it with --customer COLUMN\n",
        arrange=OK,
    ),
    "unknown column to group by": Case(
        ["score", "hotline", "ok.csv", "--by", "channel"],
        "error: ok.csv: no column channel\n"
        "  hint: the columns are ticket, responsiveness, attitude, solution; name the right one "
        "in the workflow's `map` or with --map\n",
        arrange=OK,
    ),
    "condition that no case meets": Case(
        ["score", "hotline", "ok.csv", "--where", "ticket=9"],
        "error: none of 1 cases has ticket=9\n"
        "  hint: values are compared as text, as they stand in the file\n",
        arrange=OK,
    ),
    "unknown rater": Case(
        ["score", "hotline", "internal=ok.csv"],
        "error: rubric 'hotline' has no rater 'internal'\n  hint: its raters are customer\n",
        arrange=OK,
    ),
    "no data": Case(
        ["score", "hotline"],
        "error: no data was given\n  hint: name at least one data file\n",
    ),
}

USAGE = {
    "unknown rubric": Case(
        ["score", "hotlin", "ok.csv"],
        "error: there is no shipped rubric 'hotlin'\n  hint: did you mean 'hotline'?\n",
    ),
    "unknown dimension": Case(
        [*COMPARE, "--dimension", "speed"],
        "error: rubric 'hotline' has no dimension 'speed'\n"
        "  hint: its dimensions are responsiveness, attitude, solution\n",
        arrange=OK,
    ),
    "unknown indicator": Case(
        ["score", "hotline", "ok.csv", "--map", "responsivenes=x"],
        "error: rubric 'hotline' has no indicator 'responsivenes'\n"
        "  hint: did you mean 'responsiveness'?\n",
        arrange=OK,
    ),
    "wrong window": Case(
        ["run", "--window", "2026-13-01..2026-01-31"],
        "error: '2026-13-01..2026-01-31' is no window\n"
        "  hint: write a window like 2026-03-01..2026-03-31\n",
    ),
    "window backwards": Case(
        ["compare", "hotline", "--before", "2026-01-31..2026-01-01", "--after", "ok.csv"],
        "error: '2026-01-31..2026-01-01' is neither a window nor a file\n"
        "  hint: write a window like 2026-03-01..2026-03-31\n",
    ),
    "windows without data": Case(
        ["compare", "hotline", *WINDOWS],
        "error: windows are given as dates, but no data to cut them from\n"
        "  hint: name the data file, or give files as the windows\n",
    ),
    "wrong day": Case(
        ["action", "start", "A-1", "--on", "31.2.2026"],
        "error: '31.2.2026' is no day\n  hint: write it like 2026-11-22\n",
        stage="opened",
    ),
    "wrong number": Case(
        [*COMPARE, "--material-change", "much"],
        "error: 'much' is no number\n  hint: write it like 0.25\n",
    ),
    "condition without a value": Case(
        ["score", "hotline", "ok.csv", "--where", "ticket"],
        "error: --where 'ticket' has no '='\n  hint: write it like --where COLUMN=VALUE\n",
    ),
    "unknown command": Case(
        ["finding", "lost"],
        "error: there is no command 'lost'\n  hint: did you mean 'list'?\n",
    ),
    "unknown option": Case(
        ["run", "--nope"],
        "error: there is no option --nope\n  hint: see `loopqa run --help`\n",
    ),
    "missing option": Case(
        ["action", "open", "F-1"],
        "error: --title is missing\n  hint: see `loopqa action open --help`\n",
    ),
    "missing argument": Case(
        ["action", "show"],
        "error: ACTION_ID is missing\n  hint: see `loopqa action show --help`\n",
    ),
    "value that is no choice": Case(
        ["verdict", "list", "--action", "F-1"],
        "error: 'F-1' is no id of this kind\n  hint: ids look like A-12\n",
    ),
    "choice": Case(
        [*COMPARE, "--asked", "everybody"],
        "error: --asked is one of random, same, low\n  hint: see `loopqa compare --help`\n",
    ),
    "clock": Case(
        ["status"],
        "error: LOOPQA_NOW is 'tomorrow', which is no ISO 8601 date or time\n"
        "  hint: write it like 2026-12-22 or 2026-12-22T09:00+08:00\n",
        day="tomorrow",
    ),
}

LOOP = {
    "unknown workflow": Case(
        ["run", "desk"],
        "error: there is no workflow 'desk' in this workspace\n  hint: its workflows are hotline\n",
    ),
    "unknown finding": Case(
        ["finding", "show", "F-9"],
        "error: there is no finding F-9\n  hint: `loopqa finding list` shows those there are\n",
    ),
    "unknown action": Case(
        [*CLOSE, "x"],
        "error: there is no action A-1\n  hint: `loopqa action list` shows those there are\n",
    ),
    "unknown re-survey": Case(
        ["resurvey", "now", "R-9"],
        "error: there is no re-survey R-9\n  hint: `loopqa resurvey list` shows those there are\n",
    ),
    "unknown verdict": Case(
        ["verdict", "show", "V-9"],
        "error: there is no verdict V-9\n  hint: `loopqa verdict list` shows those there are\n",
    ),
    "unknown wave": Case(
        ["report", "make", "--wave", "W-99"],
        "error: there is no wave W-99\n  hint: `loopqa run` makes the next one\n",
    ),
    "id of another kind": Case(
        ["finding", "show", "A-1"],
        "error: 'A-1' is no id of this kind\n  hint: ids look like F-12\n",
    ),
    "window that is not over": Case(
        ["run", "--window", "2026-02-01..2026-02-28"],
        "error: window 2026-02-01..2026-02-28 can't be evaluated before 2026-03-01\n"
        "  hint: wait until it is over and settled, or name an earlier one with --window\n",
    ),
    "missing evidence": Case(
        [*CLOSE, "  "],
        "error: closing an action needs evidence\n"
        "  hint: give a link or a sentence that shows it was done\n",
        stage="started",
    ),
    "closing before starting": Case(
        [*CLOSE, "minutes"],
        "error: cannot move action A-1 from open to closed; allowed: started, cancelled\n",
        code=1,
        stage="opened",
    ),
    "starting twice": Case(
        ["action", "start", "A-1"],
        "error: action A-1 is started already; allowed: closed, cancelled\n",
        code=1,
        stage="started",
    ),
    "dismissing what is resolved": Case(
        ["finding", "dismiss", "F-1", "--why", "no matter"],
        "error: cannot move finding F-1 from resolved to dismissed: resolved is final\n",
        code=1,
        stage="judged",
        day="2026-05-03",
    ),
    "dismissing without a reason": Case(
        ["finding", "dismiss", "F-1", "--why", " "],
        "error: dismissing a finding needs a reason\n  hint: say in one sentence why it is none\n",
    ),
    "re-survey before its day": Case(
        ["resurvey", "now", "R-1"],
        "error: R-1 is not due before 2026-03-27\n"
        "  hint: on a copy of the workspace, LOOPQA_NOW shows what would happen on a later day\n",
        code=1,
        stage="closed",
    ),
    "moving a re-survey into the past": Case(
        ["resurvey", "reschedule", "R-1", "--on", "2026-01-01"],
        "error: 2026-01-01 lies in the past; today is 2026-02-28\n",
        stage="closed",
    ),
    "moving a re-survey that is over": Case(
        ["resurvey", "reschedule", "R-1", "--on", "2027-01-01"],
        "error: R-1 is done, so its date can't be moved any more\n",
        code=1,
        stage="judged",
        day="2026-05-03",
    ),
    "report of a workflow that never ran": Case(
        ["report", "make"],
        "error: workflow 'hotline' has not been run yet\n  hint: start with `loopqa run hotline`\n",
        stage="new",
    ),
    "wrong sheet": Case(
        ["run"],
        "error: ratings.xlsx: there is no sheet 'Ratings'\n  hint: known ones: QA\n",
        stage="new",
        arrange=sheet,
    ),
    "survey page": Case(
        ["run"],
        "error: workflow 'hotline' uses what this version can't carry out yet: "
        "re_evaluate: from: survey\n"
        "  hint: there is no survey page yet: name an input, whose first complete window after "
        "the due date is read\n",
        stage="new",
        arrange=edit("workflows/hotline.yaml", "from: ratings", "from: survey"),
    ),
    "missing data file": Case(
        ["run"],
        "error: there is no file 'data/ratings.csv'\n  hint: the folder '{root}/data' is empty\n",
        stage="new",
        arrange=lambda root: (root / "data" / "ratings.csv").unlink(),
    ),
    "unknown key": Case(
        ["run"],
        "error: rubrics/hotline.yaml:21:5: unknown field 'targt' in dimension "
        "'responsiveness'\n  hint: did you mean 'target'?\n",
        stage="new",
        arrange=edit("rubrics/hotline.yaml", "target:", "targt:"),
    ),
}

CASES = {**DATA, **USAGE, **LOOP}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_in_one_message_and_nothing_changes(loopqa, at, monkeypatch, name):
    case = CASES[name]
    folder = at(case.stage, case.day)
    if case.arrange is not None:
        case.arrange(folder)
    before = state_of(loopqa, monkeypatch, folder)
    answer = loopqa(*case.command)
    assert (answer.err, answer.out, answer.code) == (
        case.says.replace("{root}", str(folder)),
        "",
        case.code,
    )
    assert state_of(loopqa, monkeypatch, folder) == before


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_in_chinese_as_well(loopqa, at, name):
    case = CASES[name]
    folder = at(case.stage, case.day)
    if case.arrange is not None:
        case.arrange(folder)
    answer = loopqa("--lang", "zh", *case.command)
    assert answer.code == case.code
    assert answer.err.startswith("错误：")
    assert answer.err.count("\n") == case.says.count("\n")
    assert english(answer.err) == []


def state_of(loopqa, monkeypatch, folder: Path):
    """All files but the database's, and what the database says (its bytes may be tidied up)."""
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".loopqa" not in path.parts
    }
    evidence = sorted(path.name for path in folder.glob(".loopqa/evidence/**/*.parquet"))
    with monkeypatch.context() as plain:
        plain.setenv("LOOPQA_NOW", "2026-05-03")
        head = loopqa("audit", "head").out
    return files, evidence, head


def test_every_problem_of_every_file_is_told_in_one_check(loopqa, at):
    folder = at("new")
    edit("rubrics/hotline.yaml", "target:", "targt:")(folder)
    edit("workflows/hotline.yaml", "previous: month", "previous: fortnight")(folder)
    answer = loopqa("check")
    assert answer.code == 2
    assert answer.err == "errors: 2\n"
    assert [line.split(": ")[1] for line in answer.lines if line.startswith("error: ")] == [
        "rubrics/hotline.yaml:21:5",
        "workflows/hotline.yaml:5:20",
    ]


def test_commands_that_need_a_workspace_say_how_to_start_one(loopqa, tmp_path):
    for command in (
        ["run"],
        ["status"],
        ["tick"],
        ["finding", "list"],
        ["action", "list"],
        ["resurvey", "list"],
        ["verdict", "list"],
        ["report", "make"],
        ["audit", "head"],
        ["check"],
    ):
        answer = loopqa(*command)
        assert (answer.err, answer.out, answer.code) == (
            f"error: {tmp_path} is not inside a LoopQA workspace\n"
            "  hint: start one with: loopqa init\n",
            "",
            2,
        )
    assert list(tmp_path.iterdir()) == []


def test_init_and_demo_overwrite_nothing(loopqa, at):
    folder = at("new")
    before = sorted(folder.rglob("*"))
    answer = loopqa("init", ".", "--template", "survey")
    assert (answer.code, answer.err) == (
        2,
        "error: data/ratings.csv exists already; nothing was written\n"
        "  hint: choose an empty folder: loopqa init FOLDER\n",
    )
    answer = loopqa("demo")
    assert answer.code == 2
    assert answer.err.endswith(
        "error: . is not empty\n"
        "  hint: run the demonstration in an empty folder: loopqa demo FOLDER\n"
    )
    assert sorted(folder.rglob("*")) == before
    assert loopqa("init", "there", "--template", "hotlin").err == (
        "error: there is no template 'hotlin'\n  hint: did you mean 'hotline'?\n"
    )
    assert not (folder / "there").exists()


def test_a_window_without_data_stays_due_and_ends_in_3(loopqa, at):
    folder = at("closed", "2026-05-02")
    kept = folder / "data" / "ratings.csv"
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    kept.write_text("".join(one for one in lines if ",2026-04-" not in one), encoding="utf-8")
    answer = loopqa("tick")
    assert answer.code == 3
    assert answer.err == (
        "R-1 could not be compared; it stays due\n"
        "error: workflow 'hotline' has no case in 2026-04-01..2026-04-30\n"
        "  hint: bring the data, then `loopqa resurvey now R-1`\n"
    )
    assert loopqa("resurvey", "list").lines[1].split()[-1] == "asking"
    kept.write_text("".join(lines), encoding="utf-8")
    assert loopqa("tick").err.startswith("nothing is due\nR-1 failed and is tried again from ")
    assert loopqa("resurvey", "now", "R-1").out.startswith("V-1  responsiveness: improved")


def test_an_altered_snapshot_is_noticed(loopqa, at):
    folder = at("closed", "2026-05-02")
    for snapshot in folder.glob(".loopqa/evidence/**/*2026-01*.parquet"):
        shutil.copy(next(folder.glob(".loopqa/evidence/**/*2025-12*.parquet")), snapshot)
    answer = loopqa("tick")
    assert answer.code == 3
    assert "could not be compared; it stays due" in answer.err
    assert "hotline/" in answer.err or "ratings" in answer.err


def test_the_audit_chain_shows_what_was_changed_behind_its_back(loopqa, at):
    import sqlite3

    folder = at("found")
    with sqlite3.connect(folder / ".loopqa" / "state.db") as database:
        (table,) = database.execute(
            "select name from sqlite_master where type = 'table' and name like 'audit%'"
        ).fetchone()
        database.execute(f"update {table} set actor = 'nobody' where sequence = 2")
    database.close()
    answer = loopqa("audit", "verify")
    assert answer.code == 1
    assert answer.out.startswith("the audit chain is broken at entry 2: ")
