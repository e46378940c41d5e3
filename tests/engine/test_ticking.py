"""Ticks that are stopped, abandoned, held up, or have to wait for another try."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from loopqa.engine.tick import Done, resurvey_now, tick, tick_steps
from loopqa.engine.ticking import begin
from loopqa.engine.work import Work
from loopqa.model.cycle import ReSurveyState
from tests.engine.test_killed import facts
from tests.engine.ticking_desk import BusyDesk, busy, no_data, stop_after

LEASE_AND_MORE = timedelta(minutes=11)


@pytest.fixture(scope="module")
def once(tmp_path_factory, make_desk) -> BusyDesk:
    return busy(make_desk(tmp_path_factory.mktemp("busy") / "desk"))


@pytest.fixture
def desk(once, tmp_path) -> BusyDesk:
    return once.copy(tmp_path / "desk")


def notices(desk, event):
    with desk.at() as ws, ws.reading() as reader:
        return [one for one in reader.notices() if one.event == event]


def steps_of(desk):
    with desk.at() as ws:
        return list(tick_steps(ws, Done(), work=desk.work))


def test_a_tick_goes_from_stage_to_stage(desk):
    met = ["planned", "begun", "claimed", "compared", "settled", "told", "told"]
    assert steps_of(desk) == met
    assert steps_of(desk) == []


def test_a_tick_that_is_abandoned_anywhere_is_finished_by_the_next_one(desk, tmp_path):
    whole = desk.copy(tmp_path / "whole")
    points = steps_of(whole)
    steps_of(whole)
    expected = facts(whole.root)
    for number, point in enumerate(points):
        broken = desk.copy(tmp_path / f"{number}-{point}")
        with broken.at() as ws:
            steps = tick_steps(ws, Done(), work=broken.work)
            for _ in range(number + 1):
                next(steps)
            steps.close()
        for _ in range(2):
            with broken.at(minutes=11) as ws:
                tick(ws, work=broken.work)
        assert facts(broken.root) == expected, point


@pytest.mark.parametrize("questions", range(5))
def test_a_tick_that_is_stopped_ends_after_the_item_in_hand_and_goes_on_later(
    desk, tmp_path, questions
):
    whole = desk.copy(tmp_path / "whole")
    steps_of(whole)
    with desk.at() as ws:
        first = tick(ws, work=desk.work, stop=stop_after(questions))
        with ws.reading() as reader:
            assert not reader.resurveys(states=(ReSurveyState.COMPARING,))
        second = tick(ws, work=desk.work)
    assert len(first.verdicts) + len(second.verdicts) == 1
    assert len(first.begun) + len(second.begun) == 1
    assert facts(desk.root) == facts(whole.root)


def test_a_broken_workflow_holds_up_its_own_re_surveys_only(desk, monkeypatch):
    monkeypatch.setattr(begin, "BATCH", 1)
    other = desk.root / "workflows" / "other.yaml"
    with desk.at() as ws, ws.writing() as writer:
        third = writer.action(3)
        moved = writer.add_action(third.__class__(**{**vars(third), "workflow": "other"}))
        resurvey = writer.resurvey(2)
        broken = writer.add_resurvey(
            resurvey.__class__(**{**vars(resurvey), "action": moved.id, "late_days": 0})
        )
    for seconds in (0, 10, 120, 400):
        with desk.at(seconds=seconds) as ws:
            done = tick(ws, work=desk.work)
        assert [one.resurvey.id for one in done.failures] == ([] if seconds == 10 else [broken.id])
        assert [one.id for one in done.begun] == ([2] if seconds == 0 else [])
    (told,) = notices(desk, "resurvey.held_up")
    assert str(told.text) == "R-3 of A-4 is held up: there is no workflow 'other' in this workspace"
    assert told.workflow == "other"
    written = (desk.root / "workflows" / "desk-monthly.yaml").read_text("utf-8")
    other.write_text(written.replace("desk-monthly", "other"), "utf-8")
    with desk.at(hours=1) as ws:
        (begun,) = tick(ws, work=desk.work).begun
        with ws.reading() as reader:
            events = Counter(one.event for one in reader.audit(about="R-3"))
    assert (begun.failure, begun.attempts, begun.retry_at) == (None, 0, None)
    assert events["resurvey.held_up"] == 1


def test_a_bug_in_one_definition_holds_up_no_other(desk, monkeypatch):
    def named(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(begin, "named", named)
    with desk.at() as ws:
        done = tick(ws, work=desk.work)
    assert (len(done.begun), len(done.failures), len(done.verdicts)) == (0, 1, 1)


def test_a_comparison_that_fails_is_tried_again_ever_more_rarely_and_told_once(desk):
    tried: list[float] = []
    moment = timedelta()
    with desk.at() as ws:
        tick(ws, work=Work(compare=no_data))
    while moment < timedelta(days=1):
        moment += timedelta(seconds=20)
        with desk.at(seconds=moment.total_seconds()) as ws:
            with ws.reading() as reader:
                (waiting,) = reader.resurveys(states=(ReSurveyState.ASKING,), action=2)
            if waiting.retry_at > ws.now():
                moment = max(moment, waiting.retry_at - desk.at().now() - timedelta(seconds=30))
                continue
            tried.append(moment / timedelta(minutes=1))
            (failure,) = tick(ws, work=Work(compare=no_data)).failures
    waits = [later - sooner for sooner, later in zip([0, *tried], tried, strict=False)]
    full = [1, 4, 16, 64, 256, 360, 360, 360]
    assert 6 <= len(waits) <= 10
    assert all(one / 2 <= wait <= one + 1 for wait, one in zip(waits, full, strict=False))
    assert failure.resurvey.attempts == len(tried) + 1
    assert len(notices(desk, "resurvey.held_up")) == 1


def test_a_re_survey_that_waits_is_told_and_compared_at_once_when_a_person_asks(desk):
    with desk.at() as ws:
        (failure,) = tick(ws, work=Work(compare=no_data)).failures
    with desk.at(seconds=5) as ws:
        idle = tick(ws, work=desk.work)
        assert (idle.verdicts, [one.id for one in idle.held_up]) == ((), [1])
        assert idle.to_dict()["held_up"][0]["retry_at"] == failure.resurvey.retry_at.isoformat()
        assert len(resurvey_now(ws, 1, work=desk.work).verdicts) == 1
        assert tick(ws, work=desk.work).held_up == ()


def test_two_reasons_are_told_once_each(desk):
    def unreachable(*_):
        raise ConnectionError("no route")

    for hours, compare in enumerate((no_data, unreachable, no_data, unreachable)):
        with desk.at(hours=7 * hours) as ws:
            assert tick(ws, work=Work(compare=compare)).failures
    assert [str(one.text) for one in notices(desk, "resurvey.held_up")] == [
        "R-1 of A-2 is held up: there is no case yet",
        "R-1 of A-2 is held up: comparing R-1 ended in an error of the program: "
        "ConnectionError: no route",
    ]


def test_a_comparison_that_kills_its_process_does_not_starve_the_others(desk):
    """Each life of the process takes what is ready first, until that one has to wait."""
    with desk.at() as ws, ws.writing() as writer:
        second = writer.resurvey(2)
        first = writer.resurvey(1)
        asking = writer.change_resurvey(
            second,
            event="resurvey.asking",
            state=ReSurveyState.ASKING,
            window=first.window,
            ready_at=first.ready_at + timedelta(hours=1),
        )
    claimed = []
    for life in range(4):
        with desk.at(seconds=LEASE_AND_MORE.total_seconds() * life) as ws:
            steps = tick_steps(ws, Done(), work=desk.work)
            if next((one for one in steps if one == "claimed"), None):
                with ws.reading() as reader:
                    (held,) = reader.resurveys(states=(ReSurveyState.COMPARING,))
                claimed.append(held.id)
            steps.close()
    assert claimed[:3] == [1, 1, asking.id]
