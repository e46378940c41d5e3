"""Files beside the state: evidence, the key of the pseudonyms, backups."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loopqa.engine.doctor.ailment import Ailment, Patient, Severity, of_error
from loopqa.engine.keeping import BACKUPS
from loopqa.errors import LoopQAError
from loopqa.language import Text, text

FRESH = timedelta(days=7)  #: a backup that is older is worth a word
MOST = 20  #: missing files that are named


def evidence(patient: Patient) -> Iterator[Ailment]:
    """Whether the files of waves, samples and landings are there; ``deep``: and unchanged."""
    from loopqa.store.keeping.glance import evidence_files  # noqa: PLC0415 - loads sqlmodel

    if patient.reader is None:
        return
    checked: dict[str, bool] = {}
    wrong = 0
    for one in evidence_files(patient.reader):
        file = patient.ws.evidence / one.path
        if one.path in checked:
            continue
        checked[one.path] = file.is_file()
        if not file.is_file():
            what = text("{about}: evidence {file} is gone", about=one.about, file=one.path)
        elif patient.deep and _sha256(file) != one.sha256:
            what = text("{about}: evidence {file} was altered", about=one.about, file=one.path)
        else:
            continue
        wrong += 1
        if wrong <= MOST:
            yield Ailment("evidence", Severity.ERROR, what, _bring_back())
    if wrong > MOST:
        what = text("{n} more files of evidence are gone or altered", n=wrong - MOST)
        yield Ailment("evidence", Severity.ERROR, what, _bring_back())


def _bring_back() -> Text:
    return text("bring the evidence folder back from a backup")


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def key(patient: Patient) -> Iterator[Ailment]:
    """The key of the pseudonyms, without which nobody is recognised again."""
    from loopqa.evidence.keys import load_or_create_key  # noqa: PLC0415 - loads pyarrow

    file = patient.ws.root / patient.ws.settings.key_file
    if file.exists():
        try:
            load_or_create_key(file)
        except LoopQAError as error:
            yield from of_error("key", error, unseen=False)
        except OSError as error:
            what = text("{file} can't be read: {reason}", file=file, reason=error.strerror or "")
            yield Ailment("key", Severity.ERROR, what, _permit(), unseen=True)
    elif patient.reader is not None and patient.reader.counts()["waves"]:
        what = text("{file}: the key of the pseudonyms is gone", file=patient.ws.settings.key_file)
        todo = text(
            "bring it back from a backup before the next run: a new key recognises no customer"
        )
        yield Ailment("key", Severity.ERROR, what, todo)


def _permit() -> Text:
    return text("check owner and permissions of the file and of its folder")


def backups(patient: Patient) -> Iterator[Ailment]:
    """How old the newest backup is, and whether the state still goes back to it."""
    from loopqa.store.keeping.glance import end_of_backup, restored_at  # noqa: PLC0415

    reader = patient.reader
    if reader is None or reader.audit_length() == 0:
        return
    files = sorted((patient.ws.root / BACKUPS).glob("state-*.db"), key=_written)
    if not files or datetime.now(UTC) - _written(files[-1]) > FRESH:
        what = text("there is no backup of the last {n} days", n=FRESH.days)
        yield Ailment("backups", Severity.NOTE, what, text("run: loopqa db backup"))
    end = end_of_backup(files[-1]) if files else None
    if end is None or reader.audit_sequence(end[0]) is not None:
        return
    restored = restored_at(reader)
    if restored is None or restored < end[1]:
        what = text(
            "the state lacks what backup {file} holds: its end was lost", file=files[-1].name
        )
        todo = text("`loopqa db restore {file}` brings that back", file=BACKUPS / files[-1].name)
        yield Ailment("backups", Severity.ERROR, what, todo, end[1])


def _written(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
