"""Schedules: due slots become rows, each is claimed, its workflow run, and the slot settled.

The workflow is run outside any transaction, for the window that the slot's own day asks for. A run
that was killed after its wave was written finds that wave again: no window is evaluated twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.backoff import next_try
from loopqa.engine.leases import renewed
from loopqa.engine.scheduling.definitions import Definitions, read_definitions, window_on
from loopqa.engine.scheduling.keeping import (
    give_up,
    had_its_time,
    is_kept,
    keep,
    retire,
    rules_of,
)
from loopqa.engine.scheduling.telling import tell_failed, tell_held_up, tell_late
from loopqa.engine.ticking.report import SlotFailure
from loopqa.errors import LoopQAError, RunFailed, StaleVersion
from loopqa.language import text
from loopqa.model.timetable import Slot, SlotState, slot_ref
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.run_report import RunReport
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace
    from loopqa.model.window import Window

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
_GOLDEN = 0.618034  #: spreads the waits of slots that failed together


def slot_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Keep every schedule's slots, then run what is due, the oldest first."""
    definitions, now = read_definitions(ws), ws.now()
    yield from _keep_all(ws, done, definitions, now)
    tried: set[int] = set()
    while not stop():
        claimed = _claim(ws, definitions, tried, now)
        if claimed is None:
            return
        tried.add(claimed.id)
        yield "slot-claimed"
        yield from _one(ws, done, work, claimed, progress)


def _keep_all(ws: Workspace, done: Done, definitions: Definitions, now: datetime) -> Iterator[str]:
    rules = rules_of(definitions, now)
    with ws.reading() as reader:
        behind = [rule for rule in rules if not is_kept(reader, rule)]
        waiting = {one.workflow for one in reader.slots(states=(SlotState.PENDING,))}
    for rule in behind:
        kept = keep(ws, rule)
        done.skipped += kept.skipped
        done.skipped += kept.failed
        yield "slots-kept"
    for workflow in sorted(waiting):
        if definitions.removed(workflow):
            done.skipped += retire(ws, workflow)
            yield "slots-kept"


def _claim(ws: Workspace, definitions: Definitions, tried: set[int], now: datetime) -> Slot | None:
    """Claim one slot that is due ``now``, so that a crash holds up one at most."""
    with ws.reading() as reader:
        if not reader.has_slots_to_claim(now, tried):
            return None
    with ws.writing() as writer:
        claims = writer.claim_slots(1, skip=tried, until=now, window_of=definitions.window_of)
        for slot in claims:
            tell_late(writer, slot, ws.now())
    fault("after-slot-claimed")
    return claims[0] if claims else None


def _one(
    ws: Workspace, done: Done, work: Work, claimed: Slot, progress: Progress | None
) -> Iterator[str]:
    try:
        window = claimed.window or _window_of(ws, claimed)
        with renewed(ws, lambda writer, lease: writer.renew_slot(claimed, lease), work.patience):
            report = work.run(ws, claimed.workflow, window, progress)
    except Exception as error:
        # Neither missing data nor a bug that meets one workflow may hold up all the others.
        done.slot_failures.append(_release(ws, claimed, error))
        yield "slot-held-up"
        return
    fault("after-slot-run")
    yield "slot-run"
    try:
        done.ran.append(_settle(ws, claimed, window, report))
    except StaleVersion as error:
        done.slot_failures.append(SlotFailure(claimed, error))
        yield "slot-lost"
        return
    done.runs.append(report)
    yield "slot-settled"


def _window_of(ws: Workspace, slot: Slot) -> Window:
    """The window of a slot whose file could not be read when it was claimed."""
    return window_on(ws.workflow(slot.workflow), slot, ws.settings.time_zone)


def _settle(ws: Workspace, claimed: Slot, window: Window, report: RunReport) -> Slot:
    """Note what came of a slot.

    Raises:
        StaleVersion: another process took the claim over; it settles the slot.
    """
    with ws.writing() as writer:
        return writer.change_slot(
            claimed,
            event="slot.done",
            state=SlotState.DONE,
            wave=report.wave.id if report.wave else None,
            window=window,
            reason=None,
        )


def _release(ws: Workspace, claimed: Slot, error: Exception) -> SlotFailure:
    """Give a claim back with what went wrong, to be tried again until its successor is due."""
    told = error if isinstance(error, LoopQAError) else _unexpected(claimed, error)
    with ws.writing() as writer:
        current, now = writer.slot(claimed.id), ws.now()
        if current.version != claimed.version:
            return SlotFailure(current, told)
        if had_its_time(writer, claimed, now):
            failed = give_up(writer, claimed, told.reason)
            tell_failed(writer, failed, now)
            return SlotFailure(failed, told)
        waiting = writer.change_slot(
            claimed,
            event="slot.held_up",
            state=SlotState.PENDING,
            next_at=max(now + _wait(claimed), claimed.due_at),  # a clock may have been set back
            reason=told.reason,
        )
        if not isinstance(told, StaleVersion):  # somebody else is at it: no matter for people
            tell_held_up(writer, waiting, now)
    return SlotFailure(waiting, told)


def _wait(slot: Slot) -> timedelta:
    """How long until the next try; the slot's id stands in for chance, so that it is repeatable."""
    jitter = slot.id * _GOLDEN % 1
    return next_try(slot.attempts, first=FIRST_WAIT, longest=LONGEST_WAIT, jitter=jitter)


def _unexpected(claimed: Slot, bug: Exception) -> RunFailed:
    return RunFailed(
        text(
            "running {slot} ended in an error of the program: {error}",
            slot=slot_ref(claimed.id),
            error=f"{type(bug).__name__}: {bug}",
        ),
        hint=text("please report it; the slot is tried again"),
    )
