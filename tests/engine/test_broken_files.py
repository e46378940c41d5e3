"""A workflow's file that is wrong holds up its own messages, and nothing else of a tick."""

from __future__ import annotations

from loopqa.calc.loop.routing import UNADDRESSED
from loopqa.engine.outbox.delivering import MOST_TRIES
from loopqa.engine.outbox.letters import letters
from loopqa.engine.tick import tick
from loopqa.model.timetable import MessageState
from tests.engine.ticking_desk import FLOW, busy
from tests.engine.told_desk import Told


def test_a_broken_file_holds_up_its_messages_until_it_is_mended_and_no_tick(desk):
    told = Told.of(desk.root, "{on: [action.overdue, resurvey.held_up], type: trial, to: [li]}")
    busy_desk = busy(desk)
    flow = desk.root / "workflows" / f"{FLOW}.yaml"
    sound = flow.read_text("utf-8")
    flow.write_text(f"{sound}nonsense: 3\n", "utf-8")
    with busy_desk.at() as ws:
        done = tick(ws, work=busy_desk.work)
        events = [one.notice.event for one in letters(ws, [MessageState.PENDING])[0]]
    assert [one.id for one in done.overdue] == [1]
    assert {one.resurvey.id for one in done.failures} == {1, 2}
    assert sorted(events) == ["action.overdue", "resurvey.held_up", "resurvey.held_up"]
    assert "unknown field 'nonsense'" in str(done.undelivered[0].error)
    for tries in range(MOST_TRIES + 1):
        with busy_desk.at(hours=1 + 6 * tries) as ws:
            tick(ws, work=busy_desk.work)
    flow.write_text(sound, "utf-8")
    with busy_desk.at(days=4) as ws:
        done = tick(ws, work=busy_desk.work)
        assert letters(ws, [MessageState.PENDING, MessageState.DEAD])[0] == ()
        replaced = letters(ws, [MessageState.ADDRESSED])[0]
    assert {one.message.notifier for one in replaced} == {UNADDRESSED}
    assert sorted(one["event"] for one in told.sent) == sorted(events)
    assert len(done.delivered) == 3
