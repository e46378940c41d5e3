"""The account that is kept outside of the state must notice what goes wrong."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime

import pytest

from loopqa.engine.tick import tick
from tests.reliability.figures import Figure, document, read, table, verdict
from tests.reliability.ground import Ground, new_ground
from tests.reliability.ledger import Account
from tests.reliability.pieces import (
    Piece,
    chosen,
    read_contention,
    read_load,
    read_planted,
    read_simulation,
)
from tests.reliability.receivers import ADDRESSES, Received

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ground, Account]:
    """A ground on which three closed actions were re-surveyed."""
    root = tmp_path_factory.mktemp("ground") / "desk"
    ground = new_ground(root, "sqlite:///.loopqa/state.db", NOW.date())
    ground.evaluate()
    closed = ground.close_actions(ground.start_actions(3))
    with ground.at(NOW) as ws:
        assert len(tick(ws).begun) == 3
    return ground, Account(closed=closed)


def spoilt(ground: Ground, statement: str) -> None:
    """Change the state behind LoopQA's back, and check that it did."""
    with closing(sqlite3.connect(ground.root / ".loopqa" / "state.db")) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()


def test_a_ground_on_which_all_went_well_has_no_complaints(lived):
    ground, account = lived
    assert account.complaints(ground, NOW) == []


def test_an_action_without_a_re_survey_is_missed(lived):
    ground, account = lived
    more = Account(closed={**account.closed, 77: date(2026, 7, 1)})
    assert more.complaints(ground, NOW) == ["A-77 has 0 re-surveys"]


def test_a_re_survey_of_an_action_that_nobody_closed_is_noticed(lived):
    ground, account = lived
    fewer = Account(closed={1: account.closed[1], 2: account.closed[2]})
    assert fewer.complaints(ground, NOW) == ["A-3 has a re-survey but nobody closed it"]


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("DELETE FROM verdict WHERE action = 2", "A-2: done, 0 verdicts"),
        ("UPDATE resurvey SET due_on = '2026-08-01' WHERE id = 1", "is due on 2026-08-01"),
        ("UPDATE resurvey SET state = 'asking' WHERE id = 3", "A-3: asking, 1 verdicts"),
        ("UPDATE audit SET at = '2026-01-01' WHERE event = 'resurvey.asking'", "begun early"),
        ("UPDATE audit SET at = '2026-01-01' WHERE event = 'resurvey.comparing'", "compared early"),
        ("UPDATE audit SET about = 'R-1' WHERE event = 'resurvey.done'", "3 times resurvey.done"),
        ("DELETE FROM notice WHERE key LIKE 'resurvey.due:%'", "people were told"),
    ],
)
def test_whatever_was_lost_doubled_or_early_is_complained_of(lived, tmp_path, statement, complaint):
    ground, account = lived
    copy = Ground(tmp_path / "desk", ground.url, ground.today)
    shutil.copytree(ground.root, copy.root)
    spoilt(copy, statement)
    assert any(complaint in one for one in account.complaints(copy, NOW))


def test_messages_that_did_not_arrive_or_came_too_often_are_complained_of():
    received = Received()
    kinds = ("resurvey.due", "verdict.reached", *ADDRESSES)
    for kind in kinds:
        received.arrived[kind, "key"] = 1
    assert received.complaints(judged=1, crashes=0) == []
    received.arrived["resurvey.due", "key"] = 3
    assert received.complaints(judged=1, crashes=2) == []
    assert received.complaints(judged=1, crashes=1) == ["2 messages arrived again after 1 crashes"]
    del received.arrived["verdict.reached", "key"]
    assert received.complaints(judged=1, crashes=2) == [
        "0 different messages of verdict.reached arrived, not 1"
    ]


def test_a_figure_does_not_hold_where_there_is_something_to_complain_about():
    assert verdict("races", "sqlite", "none", "0 wrong", []).holds
    assert not verdict("races", "sqlite", "none", "1 wrong", ["A-1 was lost"]).holds


def test_figures_survive_their_json_and_are_shown_with_what_went_wrong():
    figures = [
        Figure("races", "sqlite", "each once", "40", True),
        Figure("year", "", "each once", "39", False, ("A-7 was lost",)),
    ]
    assert read(document(figures)) == figures
    assert table(figures).splitlines() == [
        "| what  | database | promise   | measured | holds |",
        "| ----- | -------- | --------- | -------- | ----- |",
        "| races | sqlite   | each once | 40       | yes   |",
        "| year  | -        | each once | 39       | NO    |",
        "year (): A-7 was lost",
    ]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise SystemExit('no such thing')", "JSONDecodeError"),
        ("print('{}')", "KeyError"),
        ("import time; time.sleep(60)", "not done within"),
        ("print('{\"figures\": []}')", "exit 0"),
    ],
)
def test_a_piece_that_is_missing_hangs_or_prints_nonsense_does_not_hold(code, told):
    (figure,) = Piece("some", ("-c", code)).figures(quick=False, seconds=3)
    assert not figure.holds
    assert told in figure.measured


def test_a_piece_that_does_not_exist_is_refused():
    with pytest.raises(SystemExit, match="no piece kiling; there are: some"):
        chosen(["kiling"], [Piece("some", ("-c", ""))])


def test_what_other_commands_print_is_read():
    seeds = {"database": "sqlite", "seeds": 60, "breaches": 1, "crashes": 9}
    (simulated,) = read_simulation(json.dumps(seeds))
    assert (simulated.holds, simulated.measured) == (False, "60 seeds, 9 crashes, 1 broken")
    bugs = [{"bug": f"b{n}", "seeds": n or None} for n in range(11)]
    (planted,) = read_planted(json.dumps(bugs))
    assert (planted.holds, planted.measured) == (True, "10 of 11 found, each within 10 seeds")
    assert not read_planted(json.dumps([*bugs, {"bug": "c", "seeds": None}]))[0].holds
    ours = {"writers": 7, "seconds": 60.0, "counted": 9, "lost": 0, "locked": 0}
    ours |= {"worst_wait": 1.25, "audit_whole": True}
    assert read_contention(json.dumps([ours]))[0].holds
    assert not read_contention(json.dumps([{**ours, "locked": 1}]))[0].holds
    load = {"database": "SQLite", "name": "start 100000", "seconds": 0.9, "megabytes": 130.0}
    (start,) = read_load(json.dumps([load]))
    assert (start.holds, start.promise) == (False, "at most 1 s and at most 120 MB")
    assert read_load(json.dumps([{**load, "megabytes": 90.0}]))[0].holds
    assert read_load(json.dumps([{**load, "database": "PostgreSQL"}]))[0].promise == "-"
