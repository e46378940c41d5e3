"""What is due next, of all kinds of work; and signs of life, which are kept for a while."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event

from loopqa.language import text
from loopqa.model.cycle import Notice, ReSurveyState
from loopqa.model.timetable import Message, MessageState, NextDue, Slot, SlotState, Ticker
from loopqa.store.leases import this_machine

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def next_due(loop, now) -> NextDue:
    with loop.store.reading() as reader:
        return reader.next_due(now)


def test_nothing_is_due_in_an_empty_state(loop):
    assert next_due(loop, loop.now) == NextDue()


def test_a_scheduled_re_survey_comes_and_then_waits(loop):
    due = loop.add_resurvey().due_at
    assert next_due(loop, due - HOUR) == NextDue(coming=due)
    assert next_due(loop, due) == NextDue(waiting=due)


def test_what_failed_counts_from_the_instant_of_its_next_try(loop):
    asked = loop.ask(loop.now)
    again = loop.now + HOUR
    with loop.writing() as writer:
        writer.change_resurvey(asked, event="resurvey.released", retry_at=again)
    assert next_due(loop, loop.now) == NextDue(coming=again)
    assert next_due(loop, again) == NextDue(waiting=again)


def test_what_is_being_worked_on_or_has_ended_is_not_due(loop):
    asked = loop.ask(loop.now)
    with loop.writing() as writer:
        claimed = writer.claim_resurvey(replace(asked, retry_at=None), retry_at=loop.now)
        assert writer.next_due(loop.now) == NextDue()
        writer.change_resurvey(claimed, event="resurvey.done", state=ReSurveyState.DONE)
    assert next_due(loop, loop.now) == NextDue()


def test_slots_and_messages_count_and_the_earliest_wins(loop):
    now = loop.now
    slot = Slot(0, "airport", "daily", now + HOUR, "07:00", SlotState.PENDING, 0, now + HOUR)
    message = Message(0, "k", 1, "file", None, MessageState.PENDING, 0, now - MINUTE, now)
    loop.add_resurvey()
    with loop.writing() as writer:
        writer.add_notice(Notice("n", "resurvey.due", "R-1", text("due"), now))
        writer.add_slot(slot)
        writer.add_messages([message])
    assert next_due(loop, now) == NextDue(waiting=now - MINUTE, coming=now + HOUR)
    assert next_due(loop, now - HOUR) == NextDue(coming=now - MINUTE)


def test_no_table_is_read_through_for_it(loop, url):
    loop.add_resurvey()
    seen: list[tuple[str, object]] = []
    engine = loop.store._database.engine

    def keep(connection, cursor, statement, parameters, context, many):
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    next_due(loop, loop.now)
    event.remove(engine, "before_cursor_execute", keep)
    asked = [one for one in seen if "ready_at" in one[0]]
    assert len(asked) == 2
    if not url.startswith("sqlite"):
        return  # on a small table PostgreSQL rightly reads it through
    with engine.connect() as connection:
        for statement, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = [step for *_, step in plan]
            assert not [one for one in steps if "TEMP B-TREE" in one]
            assert not [one for one in steps if one.startswith("SCAN") and "anon_" not in one]
            for index in ("state_due_at", "state_ready_at", "retry_at", "state_next_at"):
                assert [one for one in steps if one.startswith("SEARCH") and index in one], index


def test_a_sign_of_life_replaces_the_one_before_it(loop):
    first = Ticker("worker:elsewhere:7", loop.now, loop.now, interval=60)
    later = replace(first, beat_at=loop.now + HOUR, ticked_at=loop.now + HOUR, problem="full")
    with loop.writing() as writer:
        writer.beat(first)
    with loop.writing() as writer:
        writer.beat(later)
    with loop.store.reading() as reader:
        assert reader.tickers() == (later,)


def test_rows_of_the_dead_are_forgotten(loop):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], stdout=-1)
    here = this_machine()
    signs = [
        Ticker(name, loop.now - 9 * DAY, loop.now - silent, interval=60)
        for name, silent in {
            f"worker:{here}:{int(gone.stdout)}": MINUTE,
            "worker:elsewhere:7": 8 * DAY,
            f"worker:{here}:{os.getpid()}": MINUTE,
            "worker:elsewhere:8": 6 * DAY,
            f"tick:{here}": DAY,
        }.items()
    ]
    with loop.writing() as writer:
        for one in signs:
            writer.beat(one)
        writer.forget_tickers()
    with loop.store.reading() as reader:
        assert set(reader.tickers()) == set(signs[2:])
