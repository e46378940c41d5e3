"""What a run refuses, and what it warns of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import window_of
from loopqa.calc.scoring.changes import new_columns
from loopqa.errors import DataError, Place, UsageError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.waves import Read
    from loopqa.engine.workspace import Workspace
    from loopqa.model.cycle import Wave
    from loopqa.model.score import Rows
    from loopqa.model.window import Window
    from loopqa.model.workflow import Input, Workflow

MANY_REJECTED = 0.05  #: share of rows above which a run warns


def refuse_unfinished(ws: Workspace, workflow: Workflow, window: Window) -> None:
    ready = window.end + timedelta(days=1 + workflow.window.settle_days)
    if ws.today() < ready:
        raise UsageError(
            text(
                "window {window} can't be evaluated before {day}",
                window=str(window),
                day=ready.isoformat(),
            ),
            hint=text("wait until it is over and settled, or name an earlier one with --window"),
        )


def many_rejected(rows: Rows) -> tuple[Text, ...]:
    """A warning where so many rows were rejected that the rest may mislead."""
    if rows.rejected <= MANY_REJECTED * rows.read:
        return ()
    share = f"{rows.rejected / rows.read:.0%}"
    return (
        text(
            "{share} of the rows were rejected: mend them before you trust the scores", share=share
        ),
    )


def split_anew(wave: Wave, before: Wave) -> tuple[Text, ...]:
    """What segments can't be compared with the window before, which was frozen without them."""
    names = new_columns(wave.scores, before.scores)
    if not names:
        return ()
    return (
        text(
            "{window} was evaluated without {names}: changes by these are told from now on",
            window=str(before.window),
            names=", ".join(names),
        ),
    )


def not_done(workflow: Workflow) -> tuple[Text, ...]:
    """What the workflow defines and this version leaves undone: nobody should wait for it."""
    undone = {
        "report: formats": set(workflow.report.formats) > {"html"},
    }
    names = ", ".join(name for name, defined in undone.items() if defined)
    if not names:
        return ()
    return (text("defined, but not carried out by this version: {names}", names=names),)


def unsampled(workflow: Workflow) -> tuple[Text, ...]:
    """What a dry run leaves out, as it looks at no state."""
    if workflow.sample is None:
        return ()
    return (text("a dry run looks at no sample: reviews count as they come, without weights"),)


def nothing_in(workflow: Workflow, window: Window, read: Read) -> DataError:
    """The error of an empty window; it names the last one that has cases."""
    if not read.rows.loaded:
        return _nothing_at_all(workflow, read)
    last = read.last_day
    return DataError(
        text(
            "workflow '{workflow}' has no case in {window}",
            workflow=workflow.id,
            window=str(window),
        ),
        hint=text("check `map: at` and `dates`")
        if last is None
        else text(
            "the last case is of {day}; for its window: loopqa run {workflow} --window {last}",
            day=last.isoformat(),
            workflow=workflow.id,
            last=str(window_of(last, workflow.window.previous.unit)),
        ),
    )


def _nothing_at_all(workflow: Workflow, read: Read) -> DataError:
    """No input has a single sound row: the first rejected one tells most."""
    if read.rejected:
        first = read.rejected[0]
        return DataError(
            text(
                "all {n} rows were rejected; the first one: {reason}",
                n=read.rows.rejected,
                reason=Text(first.reason, {"value": first.value}),
            ),
            place=Place(first.file, first.row, first.column),
            hint=text(
                "mend the file, or say how it is to be read: header_row, delimiter, dates, map"
            ),
        )
    paths = [_path(one) for one in workflow.inputs]
    return DataError(
        text("there is no row below the column names"),
        place=Place(", ".join(paths)),
        hint=text("export it again, or name the right file in the workflow"),
    )


def _path(one: Input) -> str:
    path = one.source.options.get("path")
    return path if isinstance(path, str) else one.id
