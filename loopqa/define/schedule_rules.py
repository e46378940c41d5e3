"""What must hold in the schedule of a workflow, told before anybody waits for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loopqa.calc.loop.cron import BadCron, parse_cron
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.define.explaining import Notes
    from loopqa.define.workflow_document import SchedulePart

_LONGEST_MONTH, _WEEK = 31, 7


def check_schedule(schedule: SchedulePart | None, notes: Notes) -> None:
    """Note what is wrong with a schedule, each mistake at its place."""
    if schedule is None:
        return
    if notes.is_flagged_below(("schedule", "every")):
        pass  # told already; that it lacks both would only mislead
    elif (schedule.cron is None) == (schedule.every is None):
        message = text("a schedule has either 'cron' or 'every'")
        notes.wrong(("schedule",), message, key=True)
    elif schedule.cron is not None:
        _beside_cron(schedule, notes)
    if schedule.cron is not None:
        _cron_line(schedule.cron, notes)
    if not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", schedule.at):
        message = text("'{at}' is no time of day", at=schedule.at)
        notes.wrong(("schedule", "at"), message, text('write it as "06:00"'))
    if schedule.day is not None:
        _day(schedule.day, schedule.every, notes)


def _beside_cron(schedule: SchedulePart, notes: Notes) -> None:
    """What only calendar rules heed would be passed over in silence."""
    for name in ("day", "at"):
        if name in schedule.model_fields_set:
            notes.wrong(
                ("schedule", name),
                text("'{name}' says nothing beside 'cron'", name=name),
                text("write it into the cron line, or write 'every' instead of 'cron'"),
                key=True,
            )


def _cron_line(line: str, notes: Notes) -> None:
    try:
        parse_cron(line)
    except BadCron as bad:
        hint = text('for 06:00 on the 4th of each month write "0 6 4 * *"')
        notes.wrong(("schedule", "cron"), bad.message, hint)


def _day(day: int, every: str | None, notes: Notes) -> None:
    if day > _LONGEST_MONTH:
        notes.wrong(("schedule", "day"), text("no month has a day {day}", day=day))
    elif every == "week" and day > _WEEK:
        message = text("a week has no day {day}", day=day)
        notes.wrong(("schedule", "day"), message, text("1 is Monday, 7 is Sunday"))
    elif every == "day":
        message = text("'{name}' says nothing beside 'every: day'", name="day")
        notes.wrong(("schedule", "day"), message, text("leave it out"), key=True)
