"""Where a finding stands when one of its actions is given up: where the others leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.model.cycle import ActionState, Finding, FindingState, ReSurveyState

if TYPE_CHECKING:
    from loopqa.store.door import Writer

_AT_WORK = frozenset({ActionState.PROPOSED, ActionState.OPEN, ActionState.STARTED})
_TO_COME = (ReSurveyState.SCHEDULED, ReSurveyState.ASKING, ReSurveyState.COMPARING)
_EVENTS = {
    FindingState.OPEN: "finding.reopened",
    FindingState.IN_ACTION: "finding.in_action",
    FindingState.AWAITING_VERDICT: "finding.awaiting_verdict",
}


def leave_finding(writer: Writer, finding: Finding) -> None:
    """Move a finding to where its remaining actions have it: at work, awaiting, or open again."""
    state = _without(writer, finding)
    if state is not finding.state:
        writer.change_finding(finding, event=_EVENTS[state], state=state)


def _without(writer: Writer, finding: Finding) -> FindingState:
    actions = writer.actions_of_finding(finding.id)
    if any(one.state in _AT_WORK for one in actions):
        return FindingState.IN_ACTION
    if any(writer.resurveys(action=one.id, states=_TO_COME) for one in actions):
        return FindingState.AWAITING_VERDICT
    return FindingState.OPEN
