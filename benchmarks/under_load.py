"""The figures of ``scheduler.py``, each taken by a process of its own that does nothing else.

python benchmarks/under_load.py NAME ROOT
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from big_state import BASELINE, BEFORE, NOW, READY

if TYPE_CHECKING:
    from loopqa.engine.rounds import Comparison
    from loopqa.engine.workspace import Workspace


class Stopwatch:
    """Wall time, and processor time, which a busy machine changes less."""

    def __init__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def stopped(self) -> dict[str, float]:
        """What has gone by."""
        wall, cpu = self._begun
        return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def start(root: Path) -> dict[str, float]:
    """Open the state, and tick before anything is due."""
    ws, tick = _opened(root, BEFORE)
    before, clock = _peak(), Stopwatch()
    _ = ws.store
    report = tick(ws)
    assert (report.begun, report.failures) == ((), ())
    return {**clock.stopped(), "megabytes": _peak() - before}


def drained(root: Path) -> dict[str, float]:
    """Tick until everything due has begun."""
    from loopqa.engine.tick import Done, tick_steps

    ws, _ = _opened(root, NOW)
    with ws.reading() as reader:
        due = reader.counts()["resurveys"]["scheduled"]
    done = Done()
    before, clock = _peak(), Stopwatch()
    for _ in tick_steps(ws, done, stop=lambda: len(done.begun) >= due):
        pass
    told = clock.stopped()
    assert (len(done.begun), done.failures) == (due, [])
    with ws.reading() as reader:
        assert reader.counts()["resurveys"] == {"asking": due}
        told["messages"] = len(reader.messages())
        assert reader.verify_audit() is None
    return {**told, "items": due, "megabytes": _peak() - before}


def settled(root: Path) -> dict[str, float]:
    """Claim and settle everything that was drained, with a comparison that costs nothing."""
    from loopqa.engine.tick import Done, tick_steps
    from loopqa.engine.work import Work

    ws, _ = _opened(root, READY)
    with ws.reading() as reader:
        ready = reader.counts()["resurveys"]["asking"]
    work = replace(Work(), compare=ready_made(ws), draw=lambda *_: (None, ()))
    done = Done()
    clock = Stopwatch()
    for _ in tick_steps(ws, done, work=work, stop=lambda: len(done.verdicts) >= ready):
        pass
    told = clock.stopped()
    assert (len(done.verdicts), done.failures) == (ready, [])
    with ws.reading() as reader:
        assert reader.counts()["resurveys"] == {"done": ready}
        assert reader.verify_audit() is None
    return {**told, "items": ready}


def idle(root: Path) -> dict[str, float]:
    """Tick where nothing is due, again and again."""
    ws, tick = _opened(root, BEFORE)
    tick(ws)
    times = []
    for _ in range(9):
        clock = Stopwatch()
        tick(ws)
        times.append(clock.stopped())
    return {name: median(one[name] for one in times) for name in times[0]}


def by_hand(root: Path) -> dict[str, float]:
    """Begin what is due by one UPDATE each."""
    from sqlalchemy import text as sql

    ws, _ = _opened(root, NOW)
    database = ws.store._database
    change = sql(
        "UPDATE resurvey SET state = 'asking', version = version + 1, window_start = '2026-03-01', "
        "window_end = '2026-03-31', ready_at = due_at WHERE id = :id AND state = 'scheduled'"
    )
    with database.writing() as connection:
        due = connection.execute(sql("SELECT id FROM resurvey WHERE state = 'scheduled'"))
        numbers = list(due.scalars())
    clock = Stopwatch()
    for number in numbers:
        with database.writing() as connection:
            assert connection.execute(change, {"id": number}).rowcount == 1
            connection.commit()
    return {**clock.stopped(), "items": len(numbers)}


def apscheduler(root: Path) -> dict[str, float]:
    """Run as many due jobs by APScheduler's job store, with its misfire grace taken away."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    url = (root / "jobs.url").read_text()
    count = int((root / "jobs.count").read_text())
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url)},
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    for number in range(count):
        scheduler.add_job(nothing, "date", run_date=NOW, args=(number,))
    clock = Stopwatch()
    scheduler.resume()
    while len(_RAN) < count:
        time.sleep(0.01)
    told = clock.stopped()
    scheduler.shutdown()
    return {**told, "items": count}


_RAN: list[int] = []


def nothing(number: int) -> None:
    """A job."""
    _RAN.append(number)


def ready_made(ws: Workspace) -> Callable[..., Comparison]:
    """A comparison that is the same for every re-survey but for its window."""
    from loopqa.engine.rounds import Comparison
    from loopqa.language import text
    from loopqa.model.cycle import WaveKind
    from loopqa.model.verdict import Change, EffectSize, Judgement, Outcome, ScoreChange, Side

    used = ws.standard(ws.workflow("survey"))
    judgement = Judgement(
        dimension="attitude",
        outcome=Outcome.NO_CHANGE,
        score_change=ScoreChange.UNCLEAR,
        before=Side(120, 2.7),
        after=Side(110, 2.8),
        change=Change(0.1, (-0.1, 0.3), 0.3),
        estimate=0.1,
        interval=(-0.1, 0.3),
        confidence=0.95,
        effect_size=EffectSize(0.52, (0.45, 0.6)),
        design="random",
        assumptions=(text("no other change in the scope"),),
        reason=text("nothing moved"),
    )
    wave = replace(BASELINE, id=0, kind=WaveKind.RE_SURVEY, rubric_hash=used.rubric.hash)

    def compare(_: object, resurvey: Any, __: object) -> Comparison:
        mine = replace(wave, window=resurvey.window)
        return Comparison(mine, BASELINE, (judgement,), ScoredAfter())

    return compare


class ScoredAfter:
    """What a settlement asks of the scores after."""

    score, bottom_share, indicators = 2.8, 0.2, ()

    def dimension(self, _: str) -> ScoredAfter:
        """All dimensions scored alike."""
        return self


def _opened(root: Path, now: Any) -> tuple[Workspace, Callable[..., Any]]:
    """A workspace whose state is not open yet, and all that a tick imports."""
    import loopqa.engine.rounds
    import loopqa.store.door  # noqa: F401
    from loopqa.engine.clock import Clock
    from loopqa.engine.tick import tick
    from loopqa.engine.workspace import Workspace

    return Workspace.open(root, clock=Clock(now), actor="bench"), tick


def _peak() -> float:
    """The most memory that this process has held, in MB.

    Linux hands ``ru_maxrss`` on from the process that started this one; its own mark is elsewhere.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


MEASURES: dict[str, Callable[[Path], dict[str, float]]] = {
    one.__name__: one for one in (start, drained, settled, idle, by_hand, apscheduler)
}


if __name__ == "__main__":
    print(json.dumps(MEASURES[sys.argv[1]](Path(sys.argv[2]))))
