"""Who ticks, as ``loopqa status`` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.cli.moments import local_minute
from loopqa.cli.output import tell
from loopqa.language import Text, text
from loopqa.model.cycle import resurvey_ref

if TYPE_CHECKING:
    from loopqa.calc.loop.ticking import Ticking
    from loopqa.engine.status import Status
    from loopqa.engine.workspace import Workspace


def tell_nobody_ticks(ws: Workspace, seen: Status) -> None:
    """The first lines: that nobody ticks, or that who does has trouble."""
    if seen.ticking.nobody:
        tell(_nobody(ws, seen))
    for worker in seen.ticking.living:
        if worker.problem:
            tell(text("! worker {name}: {problem}", name=_name(worker.id), problem=worker.problem))


def _nobody(ws: Workspace, seen: Status) -> Text:
    lost, last, since = seen.ticking.lost, seen.ticking.last_tick, seen.ticking.due.waiting
    if lost is not None:
        return text(
            "! nobody ticks: worker {name} is silent since {moment}; start it again",
            name=_name(lost.id),
            moment=local_minute(ws, lost.beat_at),
        )
    if seen.unattended:
        return text(
            "! nobody ticks: {ids} should have been taken up; run `loopqa tick` daily",
            ids=", ".join(resurvey_ref(one.id) for one in seen.unattended),
        )
    return text(
        "! nobody ticks: last tick {last}, and something waits since {since}; "
        "run `loopqa worker`, or `loopqa tick` daily",
        last=local_minute(ws, last) if last else text("never"),
        since=local_minute(ws, since) if since else "-",
    )


def tell_who_ticks(ws: Workspace, seen: Ticking) -> None:
    """The lines on workers that live, and on what is due next."""
    for worker in seen.living:
        tell(
            text(
                "worker {name} ticks since {moment}",
                name=_name(worker.id),
                moment=local_minute(ws, worker.started_at),
            )
        )
    if seen.due.coming is not None:
        tell(text("next due: {moment}", moment=local_minute(ws, seen.due.coming)))


def _name(ticker: str) -> str:
    return ticker.partition(":")[2]
