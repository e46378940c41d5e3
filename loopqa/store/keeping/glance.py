"""What a check-up wants to know of a state, without loading the records themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from loopqa.calc.loop.lifecycle import FINISHED
from loopqa.model.cycle import ActionState, wave_ref
from loopqa.model.sample import sample_ref
from loopqa.model.timetable import SlotState
from loopqa.store.reader import Reader
from loopqa.store.tables import (
    ActionRow,
    AuditRow,
    FindingRow,
    LandingRow,
    SampleRow,
    SlotRow,
    WaveRow,
)


@dataclass(frozen=True)
class EvidenceFile:
    """A file that the state relies on."""

    path: str  #: relative to the evidence folder
    sha256: str
    about: str  #: who needs it: W-3, S-1, or workflow/input


def evidence_files(reader: Reader) -> Iterator[EvidenceFile]:
    """All files of waves, samples and landings, each once."""
    connection = reader._connection
    waves = select(col(WaveRow.id), col(WaveRow.workflow), col(WaveRow.snapshots))
    for number, workflow, snapshots in connection.execute(waves.order_by(col(WaveRow.id))):
        for one in snapshots:
            yield EvidenceFile(f"{workflow}/{one['path']}", one["sha256"], wave_ref(number))
    samples = select(col(SampleRow.id), col(SampleRow.workflow), col(SampleRow.snapshot))
    for number, workflow, one in connection.execute(samples.order_by(col(SampleRow.id))):
        yield EvidenceFile(f"{workflow}/{one['path']}", one["sha256"], sample_ref(number))
    landed = select(
        col(LandingRow.workflow),
        col(LandingRow.input),
        col(LandingRow.file),
        col(LandingRow.sha256),
    ).where(col(LandingRow.file) != "")
    for workflow, name, file, sha256 in connection.execute(landed.order_by(col(LandingRow.id))):
        about = f"{workflow}/{name}"
        yield EvidenceFile(f"landed/{about}/{file}", sha256, about)


def live_workflows(reader: Reader) -> Mapping[str, int]:
    """How many unfinished findings, actions and slots each workflow has."""
    finished = [state.value for state in FINISHED]
    ended = [ActionState.VERIFIED, ActionState.INEFFECTIVE, ActionState.CANCELLED]
    unfinished: tuple[tuple[Any, Any], ...] = (
        (FindingRow, col(FindingRow.state).not_in(finished)),
        (ActionRow, col(ActionRow.state).not_in([state.value for state in ended])),
        (SlotRow, col(SlotRow.state).in_([SlotState.PENDING.value, SlotState.RUNNING.value])),
    )
    found: dict[str, int] = {}
    for table, condition in unfinished:
        name = table.__table__.columns["workflow"]
        number = select(name, func.count()).where(condition).group_by(name)
        for workflow, n in reader._connection.execute(number):
            found[workflow] = found.get(workflow, 0) + n
    return found


def pinned_entries(reader: Reader) -> int:
    """How many audit entries were written while ``LOOPQA_NOW`` set the clock."""
    pinned = select(func.count()).select_from(AuditRow).where(col(AuditRow.pinned_clock).is_(True))
    return int(reader._connection.execute(pinned).scalar_one())


def restored_at(reader: Reader) -> datetime | None:
    """When a backup last took the place of the state."""
    last = select(func.max(AuditRow.at)).where(col(AuditRow.event) == "state.restored")
    found: datetime | None = reader._connection.execute(last).scalar_one()
    return found


def end_of_backup(file: Path) -> tuple[str, datetime] | None:
    """Seal and instant of the last audit entry in a backup; None where it can't be read."""
    query = "SELECT hash, at FROM audit ORDER BY sequence DESC LIMIT 1"
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            found = opened.execute(query).fetchone()
    except sqlite3.Error:
        return None
    return (found[0], datetime.fromisoformat(found[1]).replace(tzinfo=UTC)) if found else None
