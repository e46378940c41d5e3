"""Laws of the loop: actions, re-surveys, verdicts and findings belong together."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Select, exists, func, or_, select
from sqlmodel import col

from loopqa.language import text
from loopqa.model.cycle import (
    ActionState,
    FindingState,
    ReSurveyState,
    action_ref,
    finding_ref,
    resurvey_ref,
    verdict_ref,
)
from loopqa.store.laws.breach import Breach, Law, Moment
from loopqa.store.tables import ActionFindingRow, ActionRow, FindingRow, ReSurveyRow, VerdictRow

LIVE = (ActionState.PROPOSED, ActionState.OPEN, ActionState.STARTED, ActionState.CLOSED)


def _there(*conditions: Any) -> Any:
    return exists().where(*conditions)


@cache
def _uncounted() -> Executable:
    of_action: Any = ReSurveyRow.action == ActionRow.id
    number, last = func.count(col(ReSurveyRow.id)), func.max(ReSurveyRow.round)
    distinct = func.count(func.distinct(ReSurveyRow.round))
    return (
        select(col(ActionRow.id), col(ActionRow.round), number)
        .join(ReSurveyRow, of_action, isouter=True)
        .group_by(col(ActionRow.id), col(ActionRow.round))
        .having(or_(number != ActionRow.round, distinct != number, last > ActionRow.round))
        .order_by(col(ActionRow.id))
    )


def _rounds(connection: Connection, _: Moment) -> Iterator[Breach]:
    """Every closing and every further round wrote exactly one row; none is ever removed."""
    for action, expected, found in connection.execute(_uncounted()):
        said = text(
            "{ref} has come to round {expected}, but has {found} re-surveys",
            ref=action_ref(action),
            expected=expected,
            found=found,
        )
        yield Breach("rounds", action_ref(action), said)


@cache
def _unclosed() -> Select[Any]:
    return (
        select(col(ActionRow.id))
        .where(
            col(ActionRow.state) == ActionState.CLOSED.value,
            or_(col(ActionRow.closed_on).is_(None), col(ActionRow.round) < 1),
        )
        .order_by(col(ActionRow.id))
    )


def _closed(connection: Connection, _: Moment) -> Iterator[Breach]:
    for (action,) in connection.execute(_unclosed()):
        said = text("{ref} is closed, but no re-survey was ever due", ref=action_ref(action))
        yield Breach("closed", action_ref(action), said)


@cache
def _stranded() -> Select[Any]:
    live = _there(
        ActionFindingRow.finding == FindingRow.id,
        ActionFindingRow.action == ActionRow.id,
        col(ActionRow.state).in_([state.value for state in LIVE]),
    )
    return (
        select(col(FindingRow.id))
        .where(col(FindingRow.state) == FindingState.IN_ACTION.value, ~live)
        .order_by(col(FindingRow.id))
    )


def _in_action(connection: Connection, _: Moment) -> Iterator[Breach]:
    for (finding,) in connection.execute(_stranded()):
        said = text("{ref} is in action, but none of its actions goes on", ref=finding_ref(finding))
        yield Breach("in_action", finding_ref(finding), said)


@cache
def _forgotten() -> Select[Any]:
    not_done = _there(
        ActionFindingRow.finding == FindingRow.id,
        ActionFindingRow.action == ActionRow.id,
        ReSurveyRow.action == ActionRow.id,
        ReSurveyRow.round == ActionRow.round,
        ReSurveyRow.state != ReSurveyState.DONE.value,
    )
    return (
        select(col(FindingRow.id))
        .where(col(FindingRow.state) == FindingState.AWAITING_VERDICT.value, ~not_done)
        .order_by(col(FindingRow.id))
    )


def _awaiting(connection: Connection, _: Moment) -> Iterator[Breach]:
    """A round that a person cancelled, or that failed, leaves its finding to people."""
    for (finding,) in connection.execute(_forgotten()):
        said = text("{ref} awaits a verdict, but no re-survey is pending", ref=finding_ref(finding))
        yield Breach("awaiting", finding_ref(finding), said)


@cache
def _loose() -> Select[Any]:
    belongs = (
        ReSurveyRow.state == ReSurveyState.DONE.value,
        ReSurveyRow.action == VerdictRow.action,
        ReSurveyRow.round == VerdictRow.round,
        ReSurveyRow.wave == VerdictRow.wave,
        ReSurveyRow.baseline == VerdictRow.baseline,
    )
    home = _there(ReSurveyRow.id == VerdictRow.resurvey, *belongs)
    return select(col(VerdictRow.id)).where(~home).order_by(col(VerdictRow.id))


def _verdicts(connection: Connection, _: Moment) -> Iterator[Breach]:
    for (verdict,) in connection.execute(_loose()):
        said = text(
            "{ref} does not belong to its re-survey: that one is not done, or compared other waves",
            ref=verdict_ref(verdict),
        )
        yield Breach("verdicts", verdict_ref(verdict), said)


@cache
def _silent() -> Select[Any]:
    answered = _there(VerdictRow.resurvey == ReSurveyRow.id)
    return (
        select(col(ReSurveyRow.id))
        .where(col(ReSurveyRow.state) == ReSurveyState.DONE.value, ~answered)
        .order_by(col(ReSurveyRow.id))
    )


def _answered(connection: Connection, _: Moment) -> Iterator[Breach]:
    for (resurvey,) in connection.execute(_silent()):
        said = text("{ref} is done, but has no verdict", ref=resurvey_ref(resurvey))
        yield Breach("answered", resurvey_ref(resurvey), said)


LOOP_LAWS = (
    Law(
        "rounds",
        text("an action has one re-survey for each time it was closed or goes another round"),
        _rounds,
    ),
    Law("closed", text("every closed action has a closing day and a re-survey"), _closed),
    Law("in_action", text("a finding in action has an action that goes on"), _in_action),
    Law("awaiting", text("a finding that awaits a verdict has a re-survey to bring it"), _awaiting),
    Law("verdicts", text("every verdict belongs to a re-survey that is done"), _verdicts),
    Law("answered", text("every re-survey that is done has a verdict"), _answered),
)
