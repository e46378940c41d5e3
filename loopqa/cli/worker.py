"""``loopqa worker``: a process that ticks by itself, for a service manager or a container."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from loopqa.cli.moments import local_minute
from loopqa.cli.options import json_option
from loopqa.cli.output import complain, say, stamped
from loopqa.cli.tick import is_idle, tell_report
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.tick import TickReport
    from loopqa.engine.worker.process import Rhythm
    from loopqa.engine.workspace import Workspace
    from loopqa.errors import LoopQAError
    from loopqa.model.timetable import NextDue


@click.command()
@click.option(
    "--interval",
    type=click.IntRange(1, 86400),
    metavar="SECONDS",
    default=60,
    show_default=True,
    help="Between two ticks; it also wakes when something falls due.",
)
@click.option(
    "--stuck-after",
    type=click.IntRange(1),
    metavar="SECONDS",
    default=7200,
    show_default=True,
    help="End with exit code 3 when one piece of work takes longer.",
)
@json_option
def command(interval: int, stuck_after: int, as_json: bool) -> int:
    """Tick by itself, until SIGTERM or Ctrl-C asks it to stop after the work in hand.

    Any number of workers may work on one state. Let systemd or a container start it again when it
    ends with an exit code other than 0.
    """
    from loopqa.engine.worker.process import Rhythm, Worker
    from loopqa.engine.worker.standing import Standing

    standing = Standing.open(Path.cwd())
    try:
        return Worker(standing, Rhythm(interval, stuck_after), Lines(as_json)).run()
    finally:
        standing.close()


class Lines:
    """What a worker says: one line for each thing done or gone wrong, with its moment."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def started(self, ws: Workspace, rhythm: Rhythm, due: NextDue | None) -> None:
        """The worker lives."""
        with _lines(ws):
            say(
                text(
                    "worker on {folder}, every {n} s; next due: {when}",
                    folder=str(ws.root),
                    n=rhythm.interval,
                    when=_when(ws, due),
                )
            )

    def ticked(self, ws: Workspace, done: TickReport) -> None:
        """What the tick did; nothing where nothing was due."""
        if is_idle(done):
            return
        with _lines(ws):
            if self._as_json:
                click.echo(json.dumps(done.to_dict(), ensure_ascii=False, allow_nan=False))
            else:
                tell_report(ws, done)

    def troubled(self, ws: Workspace, problem: LoopQAError) -> None:
        """A tick could not be done."""
        with _lines(ws):
            complain(problem)

    def recovered(self, ws: Workspace) -> None:
        """A tick could be done again."""
        with _lines(ws):
            say(text("ticks go on"))

    def ended(self, ws: Workspace, why: Text) -> None:
        """The worker ends."""
        with _lines(ws):
            say(text("worker ends: {why}", why=why))


@contextmanager
def _lines(ws: Workspace) -> Iterator[None]:
    """Lines with their moment; that nobody can read them (a full disk) must not stop the work."""
    zone = ZoneInfo(ws.settings.time_zone)
    with (
        suppress(OSError, ValueError),
        stamped(lambda: ws.now().astimezone(zone).isoformat(timespec="seconds")),
    ):
        yield


def _when(ws: Workspace, due: NextDue | None) -> Text | str:
    if due is None:
        return text("not known yet")
    if due.waiting is not None:
        return text("now")
    return local_minute(ws, due.coming) if due.coming else text("nothing")
