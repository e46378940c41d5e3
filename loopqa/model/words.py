"""What people call outcomes, states and grades; every door says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from loopqa.language import Text, text
from loopqa.model.cycle import ActionState, FindingGrade, FindingState, ReSurveyState
from loopqa.model.timetable import MessageState, SlotState
from loopqa.model.verdict import Outcome, ScoreChange

_WORDS: Mapping[StrEnum, Text] = {
    Outcome.IMPROVED: text("improved"),
    Outcome.WORSENED: text("worsened"),
    Outcome.NO_CHANGE: text("no material change"),
    Outcome.INCONCLUSIVE: text("inconclusive"),
    ScoreChange.UP: text("up"),
    ScoreChange.DOWN: text("down"),
    ScoreChange.UNCLEAR: text("unclear"),
    FindingGrade.WATCH: text("watch"),
    FindingGrade.OBSERVED: text("observed"),
    FindingGrade.CONFIRMED: text("confirmed"),
    FindingState.OPEN: text("open"),
    FindingState.ANALYSED: text("analysed"),
    FindingState.IN_ACTION: text("in action"),
    FindingState.AWAITING_VERDICT: text("awaiting verdict"),
    FindingState.RESOLVED: text("resolved"),
    FindingState.CARRIED_OVER: text("carried over"),
    FindingState.DISMISSED: text("dismissed"),
    ActionState.PROPOSED: text("proposed"),
    ActionState.STARTED: text("started"),
    ActionState.CLOSED: text("closed"),
    ActionState.VERIFIED: text("verified"),
    ActionState.INEFFECTIVE: text("ineffective"),
    ActionState.CANCELLED: text("cancelled"),
    ReSurveyState.SCHEDULED: text("scheduled"),
    ReSurveyState.ASKING: text("asking"),
    ReSurveyState.COMPARING: text("comparing"),
    ReSurveyState.DONE: text("done"),
    ReSurveyState.FAILED: text("failed"),
    SlotState.PENDING: text("waiting"),
    SlotState.RUNNING: text("running"),
    SlotState.SKIPPED: text("skipped"),
    MessageState.SENDING: text("sending"),
    MessageState.DELIVERED: text("delivered"),
    MessageState.ADDRESSED: text("addressed"),
    MessageState.DEAD: text("given up"),
}


def word(value: StrEnum) -> Text:
    """The word for an outcome, a direction, a grade or a state.

    Equal values of two enumerations (an action and a finding are both *open*) share their word.
    """
    return _WORDS[value]


def listed(words: Sequence[Text]) -> Text:
    """Several words as one text, with the reader's commas between them.

    >>> str(listed([text("open"), text("started"), text("closed")]))
    'open, started, closed'
    """
    first, *others = words
    return text("{one}, {others}", one=first, others=listed(others)) if others else first
