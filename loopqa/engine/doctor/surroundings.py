"""What a workspace needs around it: definitions, plugins, time zones, a clock, room on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from loopqa.define.checking import check
from loopqa.engine.doctor.ailment import Ailment, Patient, Severity
from loopqa.engine.listeners import unheard
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.store.door import Reader

SCARCE = 200_000_000  #: bytes; a state and its log need a multiple of themselves for a moment
FULL = 20_000_000  #: bytes; the next window may not fit
AHEAD = timedelta(minutes=5)  #: clocks of several machines differ by less


def definitions(patient: Patient) -> Iterator[Ailment]:
    """Errors and warnings of the YAML files; `loopqa check` tells each."""
    problems = check((patient.ws.root,), patient.ws.host, today=patient.ws.today())
    errors = sum(not problem.warning for problem in problems)
    todo = text("`loopqa check` tells each one")
    if errors:
        what = text("errors in the definitions: {n}", n=errors)
        yield Ailment("definitions", Severity.ERROR, what, todo)
    if len(problems) > errors:
        what = text("warnings in the definitions: {n}", n=len(problems) - errors)
        yield Ailment("definitions", Severity.NOTE, what, todo)


def plugins(patient: Patient) -> Iterator[Ailment]:
    """Plugins that could not be loaded, had to be stopped, or did not take what they were told."""
    for failure in patient.ws.host.failures:
        what = text("plugin {name} failed: {reason}", name=failure.name, reason=failure.reason)
        todo = text("mend {origin}, or name it under block_plugins:", origin=failure.origin)
        yield Ailment("plugins", Severity.WARNING, what, todo)
    for trouble in patient.ws.host.troubles:
        what = text("plugin {name} failed: {reason}", name=trouble.plugin, reason=trouble.told)
        todo = text("mend {origin}; this is forgotten once a use goes well", origin=trouble.origin)
        yield Ailment("plugins", Severity.WARNING, what, todo)
    for one in unheard(patient.ws):
        todo = text("mend {origin}, or name it under block_plugins:", origin=one.plugin)
        yield Ailment("plugins", Severity.WARNING, one.said, todo, one.at)


def time_zones(patient: Patient) -> Iterator[Ailment]:
    """The time zone data of the machine."""
    name = patient.ws.settings.time_zone
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what = text("this machine does not know the time zone '{name}'", name=name)
        yield Ailment("time_zones", Severity.ERROR, what, text("run: pip install tzdata"))
        return
    if not available_timezones():
        what = text("this machine has no time zone data")
        yield Ailment("time_zones", Severity.ERROR, what, text("run: pip install tzdata"))


def disk(patient: Patient) -> Iterator[Ailment]:
    """Room on the disk that the workspace lies on."""
    yield from room(shutil.disk_usage(patient.ws.root).free)


def room(free: int) -> Iterator[Ailment]:
    """What ``free`` bytes on the disk mean."""
    if free < SCARCE:
        severity = Severity.ERROR if free < FULL else Severity.WARNING
        what = text("the disk has only {n} MB left", n=free // 1_000_000)
        yield Ailment("disk", severity, what, text("make room before something can't be written"))


def clock(patient: Patient) -> Iterator[Ailment]:
    """Whether time runs forwards, and who set it by hand."""
    ws, reader = patient.ws, patient.reader
    if ws.clock.pinned:
        what = text("LOOPQA_NOW sets the clock to {now}", now=ws.now().isoformat())
        yield Ailment("clock", Severity.NOTE, what)
    if reader is None:
        return
    yield from _set_by_hand(reader)
    for last in reader.audit(limit=1):
        if last.at > ws.now() + AHEAD:
            what = text(
                "the last audit entry was written at {at}, which is still to come",
                at=last.at.isoformat(timespec="seconds"),
            )
            todo = text("set the clock of this machine right, or unset LOOPQA_NOW")
            yield Ailment("clock", Severity.WARNING, what, todo)


def _set_by_hand(reader: Reader) -> Iterator[Ailment]:
    from loopqa.store.keeping.glance import pinned_entries  # noqa: PLC0415 - loads sqlmodel

    number = pinned_entries(reader)
    if number:
        what = text("{n} audit entries were written while LOOPQA_NOW set the clock", n=number)
        yield Ailment("clock", Severity.NOTE, what)
