"""Actions that are at work at the same time, and what that does to a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loopqa.calc.effect.designs import NO_OTHER_ACTION
from loopqa.language import Text, text
from loopqa.model.cycle import Action, ActionState, Scope, action_ref, scope_text
from loopqa.model.verdict import CompareResult, Judgement

if TYPE_CHECKING:
    from datetime import date

    from loopqa.calc.question.request import Request
    from loopqa.store.door import Reader

AT_WORK = (ActionState.OPEN, ActionState.STARTED, ActionState.CLOSED)


def overlapping(one: Scope, other: Scope) -> bool:
    """Whether a case can lie in both; () is everywhere.

    >>> overlapping((("channel", ("phone",)),), (("team", ("T1",)),))
    True
    >>> overlapping((("channel", ("phone",)),), (("channel", ("chat", "mail")),))
    False
    """
    values = dict(other)
    return all(column not in values or set(chosen) & set(values[column]) for column, chosen in one)


def rivals(reader: Reader, action: Action, since: date) -> tuple[Action, ...]:
    """Other unjudged actions on the same dimensions in the same or an overlapping segment.

    Those that were done before ``since``, the start of the baseline, changed it already: they
    do not stand between the two windows.
    """
    return tuple(
        other
        for other in reader.actions(workflow=action.workflow, states=AT_WORK)
        if other.id != action.id
        and set(other.dimensions) & set(action.dimensions)
        and overlapping(other.scope, action.scope)
        and (other.closed_on is None or other.closed_on >= since)
    )


def told_apart(
    judgement: Judgement, here: Sequence[Action], beside: Sequence[Action], left_out: Scope
) -> Judgement:
    """The judgement with what other actions do to it.

    Args:
        here: actions in the same or an overlapping segment.
        beside: actions in the comparison.
        left_out: the segments that leave the comparison because of them.
    """
    more = []
    sharing = [one for one in here if judgement.dimension in one.dimensions]
    if sharing:
        more.append(
            text(
                "{actions} ran in the same or an overlapping segment: what each action did can't "
                "be told apart",
                actions=_refs(sharing),
            )
        )
    if beside and _compared(judgement):
        more.append(
            text(
                "{actions} ran in the comparison: {segments} are left out of it",
                actions=_refs(beside),
                segments=scope_text(left_out),
            )
        )
    return _with(_unpromised(judgement) if more else judgement, more)


def _unpromised(judgement: Judgement) -> Judgement:
    """The judgement without the assumption that nothing else was at work, which is known better."""
    kept = tuple(one for one in judgement.assumptions if one != NO_OTHER_ACTION)
    return replace(judgement, assumptions=kept)


def _refs(actions: Sequence[Action]) -> str:
    return ", ".join(action_ref(one.id) for one in actions)


def _compared(judgement: Judgement) -> bool:
    return "comparison" in judgement.design.split("+")


def _with(judgement: Judgement, more: Sequence[Text]) -> Judgement:
    return replace(judgement, assumptions=(*judgement.assumptions, *more))


def with_exclusion(result: CompareResult, request: Request) -> CompareResult:
    """Say in every judgement which segments another action ran in, as the caller knows it."""
    if not request.exclude:
        return result
    inside = dict(request.scope)
    shared = tuple(
        (column, chosen)
        for column, values in request.exclude
        if (chosen := tuple(one for one in values if one in inside.get(column, ())))
    )
    return CompareResult(
        tuple(_excluded(one, request.exclude, shared) for one in result.verdicts),
        tuple(_excluded(one, request.exclude, shared) for one in result.secondary),
    )


def _excluded(judgement: Judgement, excluded: Scope, shared: Scope) -> Judgement:
    more = []
    if shared:
        more.append(
            text(
                "another action ran in {segments}, inside the scope: what each action did can't "
                "be told apart",
                segments=scope_text(shared),
            )
        )
    elif _compared(judgement):
        more.append(
            text(
                "another action ran in {segments}: left out of the comparison",
                segments=scope_text(excluded),
            )
        )
    return _with(_unpromised(judgement) if more else judgement, more)
