"""What stands still in the loop: nobody ticks, tries that fail, records without their workflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from loopqa.engine.doctor.ailment import Ailment, Patient, Severity
from loopqa.engine.improve import PENDING
from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.model.cycle import ReSurvey, ReSurveyState, resurvey_ref
from loopqa.model.timetable import MessageState, SlotState, message_ref, slot_ref

SLOW = timedelta(days=1)  #: what is due for longer was taken up by nobody
RECENT = timedelta(days=31)  #: failures that are still worth a word
SILENT = 3  #: ticks that a worker may miss


def workflows(patient: Patient) -> Iterator[Ailment]:
    """Workflows of unfinished records whose file is gone or can't be loaded."""
    from loopqa.store.keeping.glance import live_workflows  # noqa: PLC0415 - loads sqlmodel

    if patient.reader is None:
        return
    for name, number in sorted(live_workflows(patient.reader).items()):
        try:
            patient.ws.workflow(name)
        except LoopQAError as error:
            what = text(
                "workflow '{name}' of {n} unfinished records can't be used: {why}",
                name=name,
                n=number,
                why=error.problems[0].message,
            )
            todo = text("bring its file back, or mend it: without it they stand still")
            yield Ailment("workflows", Severity.ERROR, what, todo)


def re_surveys(patient: Patient) -> Iterator[Ailment]:
    """Re-surveys that fail, that are held up, or that nobody takes up."""
    if patient.reader is None:
        return
    for one in patient.reader.resurveys(states=(*PENDING, ReSurveyState.FAILED)):
        if one.failure is not None or one.state is ReSurveyState.FAILED:
            what = text(
                "{resurvey} is held up: {why}",
                resurvey=resurvey_ref(one.id),
                why=str(one.failure or "").partition("\n")[0],
            )
            todo = text("see to the cause; the next tick tries again")
            yield Ailment("re_surveys", Severity.WARNING, what, todo, one.ready_at or one.due_at)
    late = [one for one in patient.reader.resurveys(states=PENDING) if _overdue(patient, one)]
    if late:
        what = text(
            "nobody ticks: {n} re-surveys should have been taken up, the first is {resurvey}",
            n=len(late),
            resurvey=resurvey_ref(late[0].id),
        )
        yield Ailment("ticking", Severity.ERROR, what, _tick(), _awaited(late[0]))


def _awaited(one: ReSurvey) -> datetime | None:
    return one.due_at if one.state is ReSurveyState.SCHEDULED else one.ready_at


def _overdue(patient: Patient, one: ReSurvey) -> bool:
    awaited = _awaited(one)
    return one.failure is None and awaited is not None and patient.ws.now() - awaited > SLOW


def _tick() -> Text:
    return text("run `loopqa tick` by cron, or keep `loopqa worker` running")


def tickers(patient: Patient) -> Iterator[Ailment]:
    """Workers that fell silent while no other one ticks, and ticks that could not do all."""
    if patient.reader is None:
        return
    latest, *_others = patient.reader.tickers() or (None,)
    if latest is None:
        return
    if latest.interval is not None:
        wait = timedelta(seconds=SILENT * latest.interval + 60)
        if patient.ws.now() - latest.beat_at > wait:
            what = text("{ticker} has fallen silent, and nobody ticks instead", ticker=latest.id)
            yield Ailment("ticking", Severity.ERROR, what, _tick(), latest.beat_at)
    if latest.problem is not None:
        what = text("{ticker}: {problem}", ticker=latest.id, problem=latest.problem)
        yield Ailment("ticking", Severity.WARNING, what, None, latest.beat_at)


def slots(patient: Patient) -> Iterator[Ailment]:
    """Slots that failed in the last weeks, and slots that nobody takes up."""
    if patient.reader is None:
        return
    now = patient.ws.now()
    for one in patient.reader.slots(states=(SlotState.FAILED,)):
        if now - one.due_at < RECENT:
            what = text(
                "{slot} ({workflow}, {wall}) failed: {why}",
                slot=slot_ref(one.id),
                workflow=one.workflow,
                wall=one.wall,
                why=one.reason or "-",
            )
            todo = text("see to the cause, then: loopqa run {workflow}", workflow=one.workflow)
            yield Ailment("slots", Severity.WARNING, what, todo, one.due_at)
    pending = patient.reader.slots(states=(SlotState.PENDING,))
    late = [one for one in pending if now - one.next_at > SLOW]
    if late:
        what = text(
            "nobody ticks: {n} slots should have been taken up, the first is {slot}",
            n=len(late),
            slot=slot_ref(late[0].id),
        )
        yield Ailment("ticking", Severity.ERROR, what, _tick(), late[0].next_at)


def messages(patient: Patient) -> Iterator[Ailment]:
    """Messages that were given up in the last weeks."""
    if patient.reader is None:
        return
    for one in patient.reader.messages(states=(MessageState.DEAD,)):
        ended = one.ended_at or one.next_at
        if patient.ws.now() - ended < RECENT:
            what = text(
                "{message} by {notifier} was given up: {why}",
                message=message_ref(one.id),
                notifier=one.notifier,
                why=str(one.failure or "-").partition("\n")[0],
            )
            todo = text(
                "see to the cause, then: loopqa outbox retry {message}", message=message_ref(one.id)
            )
            yield Ailment("messages", Severity.WARNING, what, todo, ended)
