"""Lifecycles: the tables of moves, the message of a refused one, and what a verdict does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.loop.lifecycle import (
    ACTION_MOVES,
    FINDING_MOVES,
    FINISHED,
    RESURVEY_MOVES,
    after_verdict,
    allowed_moves,
    check_move,
)
from loopqa.errors import RefusedMove
from loopqa.language import speaking
from loopqa.model.cycle import ActionState, FindingState, ReSurveyState
from loopqa.model.verdict import Outcome

TABLES = {
    FindingState: FINDING_MOVES,
    ActionState: ACTION_MOVES,
    ReSurveyState: RESURVEY_MOVES,
}
MOVES = [
    (before, after) for states in TABLES for before in states for after in states
]  # every pair of states of each life


@pytest.mark.parametrize("states", TABLES)
def test_every_state_has_a_row_and_can_be_reached_from_the_first(states):
    table = TABLES[states]
    reached, border = set(), [next(iter(states))]
    while border:
        state = border.pop()
        reached.add(state)
        border += table[state] - reached
    assert set(table) == set(states)
    assert reached == set(states)


@pytest.mark.parametrize("states", TABLES)
def test_every_state_can_come_to_an_end(states):
    table = TABLES[states]
    ended = {state for state in states if not table[state]}
    while more := {state for state in set(states) - ended if table[state] & ended}:
        ended |= more
    assert ended == set(states)


@pytest.mark.parametrize("states", TABLES)
def test_no_state_follows_itself(states):
    assert [state for state in states if state in TABLES[states][state]] == []


@given(st.sampled_from(MOVES))
def test_a_move_is_let_through_exactly_where_the_table_has_it(move):
    before, after = move
    if after in TABLES[type(before)][before]:
        check_move("X-1", before, after)
    else:
        with pytest.raises(RefusedMove):
            check_move("X-1", before, after)


@pytest.mark.parametrize(
    ("ref", "before", "after", "message"),
    [
        (
            "A-17",
            ActionState.OPEN,
            ActionState.VERIFIED,
            "cannot move action A-17 from open to verified; allowed: started, cancelled",
        ),
        (
            "A-17",
            ActionState.STARTED,
            ActionState.STARTED,
            "action A-17 is started already; allowed: closed, cancelled",
        ),
        (
            "F-2",
            FindingState.RESOLVED,
            FindingState.OPEN,
            "cannot move finding F-2 from resolved to open: resolved is final",
        ),
        (
            "R-3",
            ReSurveyState.SCHEDULED,
            ReSurveyState.DONE,
            "cannot move re-survey R-3 from scheduled to done; allowed: asking, failed, cancelled",
        ),
    ],
)
def test_a_refused_move_lists_the_way_out(ref, before, after, message):
    with pytest.raises(RefusedMove) as told:
        check_move(ref, before, after)
    assert str(told.value) == message


def test_a_refused_move_is_told_in_chinese_too():
    with pytest.raises(RefusedMove) as told:
        check_move("A-17", ActionState.OPEN, ActionState.VERIFIED)
    with speaking("zh"):
        assert str(told.value) == (
            "措施 A-17 不能从“待处理”变为“已验证有效”；可以变为：进行中、已取消"
        )


def test_finished_findings_are_resolved_carried_over_or_dismissed():
    finished = {FindingState.RESOLVED, FindingState.CARRIED_OVER, FindingState.DISMISSED}
    assert finished == FINISHED


@pytest.mark.parametrize(
    ("outcome", "target_met", "answerable", "finding", "action"),
    [
        (Outcome.IMPROVED, True, False, FindingState.RESOLVED, ActionState.VERIFIED),
        (Outcome.IMPROVED, False, False, FindingState.CARRIED_OVER, ActionState.VERIFIED),
        (Outcome.IMPROVED, None, False, FindingState.CARRIED_OVER, ActionState.VERIFIED),
        (Outcome.NO_CHANGE, False, True, FindingState.CARRIED_OVER, ActionState.INEFFECTIVE),
        (Outcome.NO_CHANGE, True, True, FindingState.CARRIED_OVER, ActionState.INEFFECTIVE),
        (Outcome.WORSENED, False, True, FindingState.CARRIED_OVER, ActionState.INEFFECTIVE),
        (Outcome.INCONCLUSIVE, True, True, FindingState.AWAITING_VERDICT, ActionState.CLOSED),
        (Outcome.INCONCLUSIVE, True, False, FindingState.CARRIED_OVER, ActionState.CLOSED),
        (Outcome.INCONCLUSIVE, None, False, FindingState.CARRIED_OVER, ActionState.CLOSED),
    ],
)
def test_a_verdict_moves_finding_and_action(outcome, target_met, answerable, finding, action):
    assert after_verdict(outcome, target_met, answerable) == (finding, action)


@given(st.sampled_from(Outcome), st.sampled_from([True, False, None]), st.booleans())
def test_what_a_verdict_asks_for_is_allowed_by_the_lifecycles(outcome, target_met, answerable):
    finding, action = after_verdict(outcome, target_met, answerable)
    assert finding in (FindingState.AWAITING_VERDICT, *allowed_moves(FindingState.AWAITING_VERDICT))
    assert action in (ActionState.CLOSED, *allowed_moves(ActionState.CLOSED))


@given(st.sampled_from(Outcome), st.sampled_from([True, False, None]), st.booleans())
def test_only_a_shown_improvement_that_meets_the_target_resolves(outcome, target_met, answerable):
    finding, _ = after_verdict(outcome, target_met, answerable)
    solved = outcome is Outcome.IMPROVED and target_met is True
    assert (finding is FindingState.RESOLVED) == solved
