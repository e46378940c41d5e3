"""What people can be told of: the names that ``notify: on:`` may use, and when each is told."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """Why a notice is written; each is told once for the thing it is about."""

    FINDING_OPENED = "finding.opened"  #: a score fell short, or was carried into the next cycle
    ACTION_DUE_SOON = "action.due_soon"  #: an action that is worked on is due in a few days
    ACTION_OVERDUE = "action.overdue"  #: its due day has passed
    ACTION_ESCALATED = "action.escalated"  #: it is overdue by many days
    ROLLOUT_STEP_DUE = "rollout.step_due"  #: the next step of a drawn roll-out begins today
    RESURVEY_SCHEDULED = "resurvey.scheduled"  #: an action was closed; its follow-up has a day
    RESURVEY_DUE = "resurvey.due"  #: that day has come; the window to be compared is named
    RESURVEY_WINDOW_OVER = "resurvey.window_over"  #: the window is over and settles: bring the data
    RESURVEY_HELD_UP = "resurvey.held_up"  #: a due re-survey can't be begun or compared, and why
    VERDICT_REACHED = "verdict.reached"  #: a re-survey was compared
    RUBRIC_REVIEW_DUE = "rubric.review_due"  #: the day by which a rubric was to be revised passed
    SLOT_LATE = "slot.late"  #: a run by schedule was taken up late
    SLOT_HELD_UP = "slot.held_up"  #: a due run can't be made, and why; it is tried again
    SLOT_FAILED = "slot.failed"  #: a due run was given up, as the next one has fallen due
    SLOT_SKIPPED = "slot.skipped"  #: due runs were missed and are not made up for
