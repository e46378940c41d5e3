"""A store in a folder of its own, and records to put in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from loopqa.language import text
from loopqa.model.cycle import (
    Action,
    ActionState,
    Finding,
    FindingGrade,
    FindingState,
    Reason,
    ReSurvey,
    ReSurveyState,
    Snapshot,
    Verdict,
    Wave,
    WaveKind,
    WaveState,
)
from loopqa.model.verdict import Change, EffectSize, Judgement, Outcome, ScoreChange, Side
from loopqa.model.window import Window
from loopqa.store.door import Store, Writer
from tests.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

NOW = datetime(2027, 1, 5, 6, 0, tzinfo=UTC)

WAVE = Wave(
    id=0,
    workflow="airport",
    kind=WaveKind.ROUTINE,
    window=Window(date(2026, 12, 1), date(2026, 12, 31)),
    revision=1,
    state=WaveState.DONE,
    rubric_hash="9f2c",
    digest="d1",
    snapshots=(Snapshot("ratings", "airport/ratings.parquet", "ab", "cd", 10, 9, 1),),
    scores={"schema": "loopqa.score/1", "composite": {"score": 3.25, "title": "满意度"}},
    created_at=NOW,
)
FINDING = Finding(
    id=0,
    workflow="airport",
    dimension="speed",
    lineage="speed",
    scope=(("area", ("A", "B")),),
    grade=FindingGrade.CONFIRMED,
    state=FindingState.OPEN,
    reasons=(
        Reason(
            "below_threshold",
            FindingGrade.CONFIRMED,
            text("{name}: {score}", name=text("speed"), score="2.7"),
            {"score": 2.7, "upper": None},
        ),
    ),
    wave=1,
    window=WAVE.window,
    n=120,
    score=2.7,
    opened_at=NOW,
    version=0,
)
ACTION = Action(
    id=0,
    workflow="airport",
    title="second lane",
    state=ActionState.OPEN,
    findings=(1,),
    scope=FINDING.scope,
    dimensions=("speed",),
    opened_at=NOW,
    version=0,
    owner="li",
    due=date(2027, 2, 1),
)
RESURVEY = ReSurvey(
    id=0,
    action=1,
    round=1,
    state=ReSurveyState.SCHEDULED,
    due_at=datetime(2027, 2, 28, tzinfo=UTC),
    due_on=date(2027, 2, 28),
    version=0,
)
JUDGEMENT = Judgement(
    dimension="speed",
    outcome=Outcome.INCONCLUSIVE,
    score_change=ScoreChange.UP,
    before=Side(120, 2.7),
    after=Side(110, 3.1),
    change=Change(0.4, (0.1, 0.7), 0.01),
    estimate=0.2,
    interval=(float("-inf"), 0.5),
    confidence=0.95,
    effect_size=EffectSize(0.58, (0.51, 0.65)),
    design="random+comparison",
    assumptions=(text("no other change in the scope"),),
    reason=text("only changes above {size} could be seen", size="0.5"),
)
VERDICT = Verdict(
    id=0,
    action=1,
    resurvey=1,
    round=1,
    judgement=JUDGEMENT,
    score_after=3.1,
    target_met=True,
    baseline=1,
    wave=1,
    reached_at=NOW,
)


def take_back_timetable(connection: Any) -> None:
    """Undo the sixth schema version, to make the state of an earlier one."""
    for table in ("outbox", "slot", "ticker"):
        connection.exec_driver_sql(f"DROP TABLE {table}")
    few = (("action", "look_on"), ("resurvey", "look_at"), ("resurvey", "retry_at"))
    for table, column in few:
        connection.exec_driver_sql(f"DROP INDEX ix_{table}_{column}")
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table, column in (
        ("notice", "workflow"),
        ("resurvey", "attempts"),
    ):
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")


@dataclass(frozen=True)
class Samples:
    """Records without ids, and a loop that has come as far as a scheduled re-survey."""

    store: Store
    now: datetime = NOW
    wave: Wave = WAVE
    finding: Finding = FINDING
    action: Action = ACTION
    resurvey: ReSurvey = RESURVEY
    verdict: Verdict = VERDICT

    def writing(self, **options: Any) -> AbstractContextManager[Writer]:
        return self.store.writing(**{"actor": "li", "now": NOW, **options})

    def add_wave(self, **changes: Any) -> Wave:
        with self.writing() as writer:
            writer.pin_rubric("9f2c", "airport", "1", {"rubric": "airport"})
            return writer.add_wave(replace(WAVE, **changes))

    def add_finding(self) -> Finding:
        self.add_wave()
        with self.writing() as writer:
            return writer.add_finding(FINDING)

    def add_action(self) -> Action:
        self.add_finding()
        with self.writing() as writer:
            return writer.add_action(ACTION)

    def add_resurvey(self) -> ReSurvey:
        self.add_action()
        with self.writing() as writer:
            return writer.add_resurvey(RESURVEY)

    def ask(self, ready_at: datetime) -> ReSurvey:
        """A re-survey whose window is complete at ``ready_at``."""
        resurvey = self.add_resurvey()
        with self.writing() as writer:
            return writer.change_resurvey(
                resurvey, event="resurvey.due", state=ReSurveyState.ASKING, ready_at=ready_at
            )


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Where the state is: a file in the folder of the test, or an empty database of its own."""
    if request.param == "sqlite":
        return "sqlite:///.loopqa/state.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def behind(tmp_path: Path, url: str) -> Iterator[Engine]:
    """The same database without the door."""
    here = url.replace("sqlite:///", f"sqlite:///{tmp_path}/")
    engine = create_engine(here.replace("postgresql:", "postgresql+psycopg:"))
    yield engine
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path, url: str) -> Iterator[Store]:
    store = Store.open(url, root=tmp_path)
    yield store
    store.close()


@pytest.fixture
def loop(store: Store) -> Samples:
    return Samples(store)
