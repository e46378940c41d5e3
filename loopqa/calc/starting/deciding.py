"""From a table to a guess: each column is taken for one thing, or left out with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from loopqa.calc.starting import other_columns as other
from loopqa.calc.starting.columns import Column, Days, Table
from loopqa.calc.starting.events import events_in
from loopqa.calc.starting.guess import (
    As,
    Choices,
    Events,
    Guess,
    LeftOut,
    Measured,
    Rated,
    Span,
    Taken,
    Told,
)
from loopqa.calc.starting.moments import Dates, date_of_case, dates_in, spans_in
from loopqa.calc.starting.rating_columns import could_be_ratings, rated_columns, why_rated
from loopqa.calc.starting.times import Ambiguous, Written, days_of
from loopqa.language import Text, text

_TWICE = text("several columns of this name")
_EMPTY = text("empty")
_CONSTANT = text("the same in every row")
_PERSONAL = text("personal: names, numbers or addresses of people")
_CLOCK = text("lengths of time as h:mm:ss can't be read; export them as seconds")
_COULD_BE = text("may be ratings, but neither name nor neighbours say so")
_OTHER_DATES = text("further times")
_REST = text("not needed to begin with")


@dataclass
class _Deciding:
    """The columns that are still free, and what the others were taken for."""

    free: list[Column]
    taken: list[Taken] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def take(self, *found: Taken | None) -> None:
        """Note what columns are taken for; they are free no longer."""
        self.taken.extend(one for one in found if one is not None)
        names = {one.column for one in self.taken}
        self.free = [one for one in self.free if one.name not in names]

    def leave_out(self, why: Text, names: Iterable[str]) -> None:
        """Put free columns aside."""
        wanted = set(names)
        chosen = [one.name for one in self.free if one.name in wanted]
        if chosen:
            self.left_out.append(LeftOut(why, tuple(chosen)))
        self.free = [one for one in self.free if one.name not in wanted]


def decide(table: Table, choices: Choices = Choices()) -> Guess:  # noqa: B008 - frozen
    """What the table is taken for; what a person chose comes first.

    An ambiguous date that nothing settles leaves the guess without dates, and is named in it.
    """
    state = _Deciding(list(table.columns))
    _put_aside(state, choices)
    dates = dates_in(state.free, choices.dates)
    events = events_in(table, dates)
    days, ambiguous = _days(table, state, dates, events, choices)
    spans = _spans(table, state, dates, days, events)
    ratings = () if events else _ratings(state, table, choices)
    told = _told(state, table)
    measured = () if events else _measured(state)
    weights = _who(state, events, choices)
    grouped = _group(state, table, choices)
    _leave_the_rest(state, dates)
    return Guess(
        tuple(state.taken),
        (*([LeftOut(_TWICE, table.twice)] if table.twice else []), *state.left_out),
        table.rows,
        ratings,
        told,
        measured,
        spans,
        days,
        ambiguous,
        weights,
        tuple(one.column for one in state.taken if one.role is As.CLUSTER),
        grouped,
        events,
        _marks(table, state.taken),
    )


def _marks(table: Table, taken: Iterable[Taken]) -> tuple[str, ...]:
    """How the columns that are used write an empty cell."""
    found = (table.column(one.column).marks for one in taken if one.role is not As.COMMENT)
    return tuple(sorted({mark for marks in found for mark in marks}))


def _put_aside(state: _Deciding, choices: Choices) -> None:
    """What is empty, constant or personal; what a person named stays."""
    named = {*(choices.ratings or ()), *(choices.segments or ())}
    named |= {choices.date_column or "", choices.customer or ""}
    free = [one for one in state.free if one.name not in named]
    state.leave_out(_EMPTY, [one.name for one in free if other.empty(one)])
    state.leave_out(_PERSONAL, [one.name for one in free if other.personal(one)])
    state.leave_out(_CONSTANT, [one.name for one in free if other.constant(one)])


def _days(
    table: Table, state: _Deciding, dates: Dates, events: Events | None, choices: Choices
) -> tuple[Days | None, tuple[str, Ambiguous] | None]:
    name = events.opened if events else date_of_case(state.free, dates, choices)
    if name is None:
        return None, None
    if name in dates.ambiguous:
        return None, (name, dates.ambiguous[name])
    if name not in dates.written:
        return None, None
    column = table.column(name)
    if events:
        column = replace(column, counts=table.within_key[name].cases)
    days = days_of(column, dates.written[name])
    if not days.counts:
        return None, None
    state.take(Taken(name, As.DATE, _why_dated(days, dates.written[name])))
    return days, None


def _why_dated(days: Days, written: Written) -> Text:
    first, last = min(days.counts).isoformat(), max(days.counts).isoformat()
    if written.form is None:
        return text("{first} to {last}", first=first, last=last)
    return text("{first} to {last}, written as {form}", first=first, last=last, form=written.form)


def _spans(
    table: Table, state: _Deciding, dates: Dates, days: Days | None, events: Events | None
) -> tuple[Span, ...]:
    if events is not None:
        return _spans_of_events(state, events)
    if days is None:
        return ()
    found = spans_in(table.columns, dates, days.form)
    for span in found:
        moments = ((span.start, text("begins a duration")), (span.end, _ends(span.start)))
        free = {one.name for one in state.free}
        state.take(*(Taken(name, As.MOMENT, why) for name, why in moments if name in free))
    return found


def _ends(start: str) -> Text:
    return text("ends a duration that begins with {start}", start=start)


def _spans_of_events(state: _Deciding, events: Events) -> tuple[Span, ...]:
    state.take(Taken(events.key, As.CASE, text("several rows share it: they are its events")))
    found: list[Span] = []
    if events.updated and events.state and events.initial:
        found.append(Span("responded", "opened", "responded"))
        initial = events.initial
        why = text("first time that {state} is not {initial}", state=events.state, initial=initial)
        state.take(Taken(events.updated, As.MOMENT, why))
        until = text("{initial} until somebody answers", initial=initial)
        state.take(Taken(events.state, As.STATE, until))
    if events.resolved:
        found.append(Span("resolved", "opened", "resolved"))
        state.take(Taken(events.resolved, As.MOMENT, _ends(events.opened)))
    if events.sequence:
        state.take(Taken(events.sequence, As.SEQUENCE, text("tells which event is the latest")))
    return tuple(found)


def _ratings(state: _Deciding, table: Table, choices: Choices) -> tuple[Rated, ...]:
    found = rated_columns(state.free, choices.ratings)
    for one in found:
        role = As.RECOMMENDATION if one.nps else As.RATING
        state.take(Taken(one.column, role, why_rated(one, table.rows)))
    return found


def _told(state: _Deciding, table: Table) -> tuple[Told, ...]:
    found = other.told(state.free)
    state.take(*(Taken(one.column, As.YES_NO, other.why_told(one, table.rows)) for one in found))
    return tuple(found)


def _measured(state: _Deciding) -> tuple[Measured, ...]:
    found = other.measured(state.free)
    state.take(*(Taken(one.column, As.AMOUNT, other.why_measured(one)) for one in found))
    state.leave_out(_CLOCK, [one.name for one in state.free if other.length_as_clock(one)])
    return tuple(found)


def _who(state: _Deciding, events: Events | None, choices: Choices) -> bool:
    """Numbers of cases and customers, teams, weights; whether there are weights."""
    if events is None:
        state.take(other.case_number(state.free))
    if choices.customer is None:
        state.take(other.customer_number(state.free))
    elif choices.customer:
        state.take(Taken(choices.customer, As.CUSTOMER, text("as you said")))
    weight = None if events else other.weight(state.free)
    state.take(weight)
    state.take(*other.clusters(state.free))
    return weight is not None


def _group(state: _Deciding, table: Table, choices: Choices) -> tuple[str, ...]:
    """Segments, by default with the teams where they are few, and the comment."""
    state.take(other.comment(state.free, named=True))
    clusters = [table.column(one.column) for one in state.taken if one.role is As.CLUSTER]
    if choices.segments is None:
        state.take(*other.segments(state.free))
        found = [one.column for one in state.taken if one.role is As.SEGMENT]
        chosen = [*found, *(one.name for one in clusters if other.few_teams(one))]
        chosen = chosen[: other.MOST_SEGMENTS]
    else:
        chosen = list(choices.segments)
        state.take(*(other.segment(one) for one in state.free if one.name in chosen))
    if not any(one.role is As.COMMENT for one in state.taken):
        state.take(other.comment(state.free, named=False))
    return tuple(chosen)


def _leave_the_rest(state: _Deciding, dates: Dates) -> None:
    times = [*dates.written, *dates.ambiguous]
    state.leave_out(_OTHER_DATES, times)
    state.leave_out(_COULD_BE, could_be_ratings(state.free))
    state.leave_out(_REST, [one.name for one in state.free])
