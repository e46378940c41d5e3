"""When ticks look at a row again: nothing is missed, and nothing is read that has no news."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta

import pytest

from loopqa.model.cycle import ActionState, ReSurveyState
from loopqa.store.door import Store
from tests.store.conftest import take_back_timetable

TODAY = date(2027, 1, 5)
HOUR = timedelta(hours=1)


def looked_at(loop, day=TODAY):
    with loop.store.reading() as reader:
        return reader.actions_to_look_at(day, 9)


def windows(loop, at):
    with loop.store.reading() as reader:
        return [one.id for one in reader.windows_to_look_at(at, 9)]


def test_an_action_is_looked_at_when_it_is_new_or_changed_and_on_its_day(loop):
    action = loop.add_action()
    assert looked_at(loop) == (action.id,)
    with loop.writing() as writer:
        assert writer.look_on(action, TODAY + timedelta(days=3))
    assert looked_at(loop) == ()
    assert looked_at(loop, TODAY + timedelta(days=3)) == (action.id,)
    with loop.writing() as writer:
        changed = writer.change_action(action, event="action.assigned", owner="wang")
    assert looked_at(loop) == (action.id,)
    with loop.writing() as writer:
        assert not writer.look_on(action, None)
        writer.change_action(changed, event="action.cancelled", state=ActionState.CANCELLED)
    assert looked_at(loop) == ()


def test_a_window_is_looked_at_by_one_at_a_time_and_again_if_that_one_dies(loop):
    asked = loop.ask(loop.now)
    with loop.writing() as writer:
        writer.look_at([(asked, loop.now)])
    assert windows(loop, loop.now - HOUR) == []
    assert windows(loop, loop.now) == [asked.id]
    with loop.writing() as writer:
        assert writer.take_look(asked, loop.now + HOUR)
        assert not writer.take_look(asked, loop.now + HOUR)
    assert windows(loop, loop.now) == []
    assert windows(loop, loop.now + HOUR) == [asked.id]
    with loop.writing() as writer:
        writer.look_at([(asked, None)])
    assert windows(loop, loop.now + 9 * HOUR) == []


def test_what_was_held_up_before_it_was_cancelled_is_not_told_to_wait(loop):
    asked = loop.ask(loop.now)
    with loop.writing() as writer:
        waits = writer.change_resurvey(asked, event="x", retry_at=loop.now + HOUR)
        assert writer.held_up_resurveys(loop.now, 9) == (waits,)
        writer.change_resurvey(waits, event="x", state=ReSurveyState.CANCELLED)
        assert writer.held_up_resurveys(loop.now, 9) == ()


@pytest.mark.parametrize("state", [ReSurveyState.ASKING, ReSurveyState.SCHEDULED])
def test_what_was_under_way_before_the_upgrade_is_looked_at_after_it(
    loop, behind, tmp_path, url, state
):
    resurvey = loop.ask(loop.now) if state is ReSurveyState.ASKING else loop.add_resurvey()
    with loop.writing() as writer:
        opened = writer.add_action(loop.action)
    loop.store.close()
    with behind.begin() as connection:
        take_back_timetable(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
    with closing(Store.open(url, root=tmp_path)) as store, store.reading() as reader:
        assert opened.id in reader.actions_to_look_at(TODAY, 9)
        seen = reader.windows_to_look_at(loop.now + timedelta(days=999), 9)
    assert [one.id for one in seen] == ([resurvey.id] if state is ReSurveyState.ASKING else [])
