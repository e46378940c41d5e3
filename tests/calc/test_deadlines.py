"""What there is to tell of an action, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.deadlines import outlook
from loopqa.model.cycle import Action, ActionState, Rollout, Step
from loopqa.model.events import Event
from loopqa.model.workflow import Improve, RolloutRule

DUE = date(2026, 12, 30)
STEPS = tuple(Step((f"T{n}",), DUE + timedelta(days=30 * n - 60)) for n in range(3))
ROLLOUT = Rollout(RolloutRule("team", 3), (*STEPS, Step(("T9",), None)))

days = st.integers(-100, 100).map(lambda n: DUE + timedelta(days=n))
rules = st.builds(Improve, remind_days=st.integers(0, 40), escalate_days=st.integers(0, 40))


def action(state=ActionState.STARTED, due=DUE, rollout=None) -> Action:
    return Action(
        *(1, "desk", "Rota", state, (1,), (), (), datetime(2026, 10, 1, tzinfo=UTC), 1),
        due=due,
        rollout=rollout,
    )


def told(one: Action, day: date, improve: Improve | None = None) -> set[tuple[str, date]]:
    return {(each.event, each.day) for each in outlook(one, improve or Improve(), day).told}


def test_an_action_is_reminded_of_three_days_before_and_escalated_after_seven():
    on = {n: [event for event, _ in told(action(), DUE + timedelta(days=n))] for n in range(-4, 9)}
    assert on[-4] == []
    assert on[-3] == on[0] == [Event.ACTION_DUE_SOON]
    assert on[1] == on[6] == [Event.ACTION_OVERDUE]
    assert sorted(on[7]) == sorted(on[8]) == [Event.ACTION_ESCALATED, Event.ACTION_OVERDUE]


def test_only_what_is_worked_on_has_deadlines():
    for state in ActionState:
        seen = outlook(action(state), Improve(), DUE + timedelta(days=30))
        worked_on = state in {ActionState.OPEN, ActionState.STARTED}
        assert (len(seen.told), seen.next_on) == (2 if worked_on else 0, None)


def test_the_later_steps_of_a_roll_out_are_told_on_their_first_day():
    started = action(due=None, rollout=ROLLOUT)
    first, second, third = (step.starts_on for step in STEPS)
    assert outlook(started, Improve(), first).next_on == second
    assert told(started, first) == set()
    assert told(started, second) == {(Event.ROLLOUT_STEP_DUE, second)}
    assert outlook(started, Improve(), third).next_on is None
    assert told(action(ActionState.OPEN, None, ROLLOUT), third) == set()


@given(st.lists(days, min_size=1), rules)
def test_whoever_looks_on_the_days_it_says_misses_nothing(looks, improve):
    """Looking on any days, and on those it names, tells all that looking daily tells."""
    one = action(rollout=ROLLOUT)
    daily, seldom = set(), set()
    next_on, last = min(looks), max(looks)
    for n in range((last - next_on).days + 1):
        day = min(looks) + timedelta(days=n)
        daily |= told(one, day, improve)
        if next_on is not None and day >= next_on:
            seldom |= told(one, day, improve)
            next_on = outlook(one, improve, day).next_on
            assert next_on is None or next_on > day
    assert seldom == daily


@given(days, rules)
def test_nobody_is_told_that_something_is_due_soon_that_is_overdue(day, improve):
    events = {event for event, _ in told(action(), day, improve)}
    assert not {Event.ACTION_DUE_SOON, Event.ACTION_OVERDUE} <= events
    assert (Event.ACTION_OVERDUE in events) == (day > DUE)
