"""Which state may follow which, and what a verdict does to finding and action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from loopqa.errors import RefusedMove
from loopqa.language import Text, text
from loopqa.model.cycle import ActionState, FindingState, ReSurveyState
from loopqa.model.timetable import MessageState, SlotState
from loopqa.model.verdict import Outcome
from loopqa.model.words import listed, word

Moves = Mapping[StrEnum, frozenset[StrEnum]]

_F, _A, _R = FindingState, ActionState, ReSurveyState
_S, _M = SlotState, MessageState

FINDING_MOVES: Moves = {
    _F.OPEN: frozenset({_F.ANALYSED, _F.IN_ACTION, _F.DISMISSED}),
    _F.ANALYSED: frozenset({_F.IN_ACTION, _F.DISMISSED}),
    # back to open or analysed: its only action was cancelled
    _F.IN_ACTION: frozenset({_F.OPEN, _F.ANALYSED, _F.AWAITING_VERDICT, _F.DISMISSED}),
    # back in action: its action was reopened
    _F.AWAITING_VERDICT: frozenset(
        {_F.OPEN, _F.ANALYSED, _F.IN_ACTION, _F.RESOLVED, _F.CARRIED_OVER, _F.DISMISSED}
    ),
    _F.RESOLVED: frozenset(),
    _F.CARRIED_OVER: frozenset(),
    _F.DISMISSED: frozenset(),
}

ACTION_MOVES: Moves = {
    _A.PROPOSED: frozenset({_A.OPEN, _A.CANCELLED}),
    _A.OPEN: frozenset({_A.STARTED, _A.CANCELLED}),
    _A.STARTED: frozenset({_A.CLOSED, _A.CANCELLED}),
    # back to started: reopened
    _A.CLOSED: frozenset({_A.STARTED, _A.VERIFIED, _A.INEFFECTIVE, _A.CANCELLED}),
    _A.VERIFIED: frozenset(),
    _A.INEFFECTIVE: frozenset(),
    _A.CANCELLED: frozenset(),
}

RESURVEY_MOVES: Moves = {
    _R.SCHEDULED: frozenset({_R.ASKING, _R.FAILED, _R.CANCELLED}),
    # back to scheduled: rescheduled by a person
    _R.ASKING: frozenset({_R.SCHEDULED, _R.COMPARING, _R.FAILED, _R.CANCELLED}),
    # back to asking: the process that compared died or gave up, and another one takes over
    _R.COMPARING: frozenset({_R.ASKING, _R.DONE, _R.FAILED, _R.CANCELLED}),
    _R.DONE: frozenset(),
    _R.FAILED: frozenset({_R.SCHEDULED, _R.ASKING, _R.CANCELLED}),  # tried again by a person
    _R.CANCELLED: frozenset(),
}

SLOT_MOVES: Moves = {
    _S.PENDING: frozenset({_S.RUNNING, _S.SKIPPED, _S.FAILED}),
    # back to pending: the run failed or its process died, and it is tried again
    _S.RUNNING: frozenset({_S.PENDING, _S.DONE, _S.SKIPPED, _S.FAILED}),
    _S.DONE: frozenset(),
    # back to pending: its schedule was changed, and changed back before its instant
    _S.SKIPPED: frozenset({_S.PENDING}),
    _S.FAILED: frozenset(),
}

MESSAGE_MOVES: Moves = {
    _M.PENDING: frozenset({_M.SENDING, _M.DEAD}),
    # back to pending: the receiver failed or the sender died, and it is tried again
    _M.SENDING: frozenset({_M.PENDING, _M.DELIVERED, _M.ADDRESSED, _M.DEAD}),
    _M.DELIVERED: frozenset(),
    _M.ADDRESSED: frozenset(),
    _M.DEAD: frozenset({_M.PENDING}),  # tried again by a person
}

FINISHED = frozenset(state for state, onward in FINDING_MOVES.items() if not onward)
"""Finding states that end a cycle; the same cell falling short again makes a new finding."""

WORKING = frozenset({_A.OPEN, _A.STARTED})
"""States of an action that is being worked on: it has a due day to keep."""

_TABLES: Mapping[type[StrEnum], Moves] = {
    FindingState: FINDING_MOVES,
    ActionState: ACTION_MOVES,
    ReSurveyState: RESURVEY_MOVES,
    SlotState: SLOT_MOVES,
    MessageState: MESSAGE_MOVES,
}


def allowed_moves(before: StrEnum) -> tuple[StrEnum, ...]:
    """The states that may follow ``before``, in the order of the life they belong to.

    >>> [state.value for state in allowed_moves(ActionState.OPEN)]
    ['started', 'cancelled']
    """
    onward = _TABLES[type(before)][before]
    return tuple(state for state in type(before) if state in onward)


#: Reached by a verdict, never by a person: no use in a message that says what to do.
_BY_VERDICT = frozenset({_A.VERIFIED, _A.INEFFECTIVE})


def check_move(ref: str, before: StrEnum, after: StrEnum) -> None:
    """Let the record ``ref`` (e.g. A-17) move from ``before`` to ``after``, or say where it may go.

    Staying in the same state is no move and is refused too: who asks for it has an old picture.

    Raises:
        RefusedMove: the table does not allow the move.
    """
    allowed = allowed_moves(before)
    if after in allowed:
        return
    record, old, new = _named(ref, before), word(before), word(after)
    if before is after and allowed:
        raise RefusedMove(
            text("{record} is {old} already; allowed: {allowed}",
                 record=record, old=old, allowed=_by_people(allowed))
        )  # fmt: skip
    if not allowed:
        raise RefusedMove(
            text("cannot move {record} from {old} to {new}: {old} is final",
                 record=record, old=old, new=new)
        )  # fmt: skip
    raise RefusedMove(
        text("cannot move {record} from {old} to {new}; allowed: {allowed}",
             record=record, old=old, new=new,
             allowed=_by_people(allowed))
    )  # fmt: skip


def _by_people(allowed: Iterable[StrEnum]) -> Text:
    return listed([word(state) for state in allowed if state not in _BY_VERDICT])


def _named(ref: str, state: StrEnum) -> Text:
    if isinstance(state, FindingState):
        return text("finding {ref}", ref=ref)
    if isinstance(state, ActionState):
        return text("action {ref}", ref=ref)
    if isinstance(state, SlotState):
        return text("slot {ref}", ref=ref)
    if isinstance(state, MessageState):
        return text("message {ref}", ref=ref)
    return text("re-survey {ref}", ref=ref)


_AFTER_VERDICT: Mapping[tuple[Outcome, bool], tuple[FindingState, ActionState]] = {
    # (outcome, target met); for inconclusive: (outcome, another round can answer it)
    (Outcome.IMPROVED, True): (_F.RESOLVED, _A.VERIFIED),
    (Outcome.IMPROVED, False): (_F.CARRIED_OVER, _A.VERIFIED),
    (Outcome.NO_CHANGE, True): (_F.CARRIED_OVER, _A.INEFFECTIVE),
    (Outcome.NO_CHANGE, False): (_F.CARRIED_OVER, _A.INEFFECTIVE),
    (Outcome.WORSENED, True): (_F.CARRIED_OVER, _A.INEFFECTIVE),
    (Outcome.WORSENED, False): (_F.CARRIED_OVER, _A.INEFFECTIVE),
    (Outcome.INCONCLUSIVE, True): (_F.AWAITING_VERDICT, _A.CLOSED),
    (Outcome.INCONCLUSIVE, False): (_F.CARRIED_OVER, _A.CLOSED),
}


def after_verdict(
    outcome: Outcome, target_met: bool | None, rounds_left_and_answerable: bool
) -> tuple[FindingState, ActionState]:
    """What a verdict makes of the finding and of the action.

    ``target_met`` says whether the score afterwards meets the threshold or target; None (nobody
    can say) never resolves a finding. ``rounds_left_and_answerable`` only matters where the
    verdict is inconclusive: another round is due, and enough answers for it can be expected.

    >>> after_verdict(Outcome.IMPROVED, None, False)
    (<FindingState.CARRIED_OVER: 'carried_over'>, <ActionState.VERIFIED: 'verified'>)
    """
    if outcome is Outcome.INCONCLUSIVE:
        return _AFTER_VERDICT[outcome, rounds_left_and_answerable]
    return _AFTER_VERDICT[outcome, bool(target_met)]
