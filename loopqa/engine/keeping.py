"""Backups of a workspace's state, restoring them, and checking what is there."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.engine.lost_state import refuse_to_forget
from loopqa.errors import UsageError
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.store.keeping import Backup, Content, Restored, Upgrade
    from loopqa.store.laws import Breach

BACKUPS = Path(".loopqa") / "backups"  #: relative to the workspace


@dataclass(frozen=True)
class Restoring:
    """What a restore did, and where what was there before is kept."""

    done: Restored
    backup: Path | None = None  #: of the state that was replaced
    aside: Path | None = None  #: the damaged file that was replaced


@dataclass(frozen=True)
class Soundness:
    """What `loopqa db check` found; sound where nothing is told."""

    where: str
    schema: str | None  #: None: there is no state yet
    newest: str  #: the schema that this program writes
    damage: tuple[str, ...] = ()  #: in the database's own words
    breaches: tuple[Breach, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether everything holds."""
        return not (self.damage or self.breaches)


def upgrade_state(ws: Workspace) -> Upgrade:
    """Bring the schema up to date.

    Raises:
        LoopQAError: the state can't be opened, or is a newer LoopQA's.
    """
    from loopqa.store.keeping import upgrade  # noqa: PLC0415 - sqlmodel is slow to import

    return upgrade(ws.settings.state, ws.root, partial(refuse_to_forget, ws.evidence))


def default_backup(ws: Workspace, name: str = "state") -> Path:
    """Where a backup goes that nobody named a file for; a name that is free."""
    first = ws.root / BACKUPS / f"{name}-{ws.now():%Y%m%dT%H%M%SZ}.db"
    others = (first.with_stem(f"{first.stem}-{number}") for number in count(2))
    return next(file for file in chain([first], others) if not file.exists())


def backup_state(ws: Workspace, file: Path | None = None) -> Backup:
    """Write the state as it is now to a file, while others may write.

    Raises:
        UsageError: the file exists, or there is no state yet.
        RunFailed: it can't be written.
    """
    from loopqa.store.keeping import back_up, inspecting  # noqa: PLC0415

    with inspecting(ws.settings.state, ws.root) as there:
        if there is None:
            raise UsageError(
                text("there is no state to back up yet"), hint=text("next: loopqa run")
            )
    return back_up(ws.store, file or default_backup(ws))


def state_holds_something(ws: Workspace) -> bool:
    """Whether a restore would replace something: anything but a new, empty state."""
    from loopqa.store.keeping import inspecting  # noqa: PLC0415

    with inspecting(ws.settings.state, ws.root) as there:
        if there is None:
            return False
        if there.damage(deep=False):
            return True
        if there.schema() is None:
            return False
    with ws.reading() as reader:
        return reader.audit_length() > 0


def restore_state(ws: Workspace, file: Path, *, replace: bool) -> Restoring:
    """Let the content of a backup take the place of the state; a sound one is backed up first.

    Raises:
        UsageError: the state is not empty and ``replace`` was not said, or there is no such file.
        DataError: the file is no sound state, or a newer LoopQA's.
        StaleVersion: somebody changed the state after it was backed up; nothing was changed.
    """
    from loopqa.store.door import Store  # noqa: PLC0415 - sqlmodel is slow to import
    from loopqa.store.keeping import content_of, restore  # noqa: PLC0415

    scratch = ws.root / ".loopqa"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with content_of(file, scratch) as content:
        damaged = _damaged_file(ws)
        if damaged is not None:
            return _over_damaged(ws, damaged, content, file, replace=replace)
        backup = None
        if replace and state_holds_something(ws):
            backup = backup_state(ws, default_backup(ws, "before-restore"))
        # Not the workspace's own door: that one begins no state where one was lost.
        with closing(Store.open(ws.settings.state, root=ws.root)) as store:
            done = restore(
                store,
                content,
                file,
                actor=ws.actor,
                now=ws.now(),
                pinned=ws.clock.pinned,
                replace=replace,
                kept=backup.head if backup else None,
            )
    return Restoring(done, backup.file if backup else None)


def _damaged_file(ws: Workspace) -> Path | None:
    """The file of the state, if SQLite finds it damaged."""
    from loopqa.store.keeping import inspecting, state_file  # noqa: PLC0415

    with inspecting(ws.settings.state, ws.root) as there:
        if there is None or not there.damage(deep=True):
            return None
    return state_file(ws.settings.state, ws.root)


def _over_damaged(
    ws: Workspace, damaged: Path, content: Content, file: Path, *, replace: bool
) -> Restoring:
    from loopqa.store.keeping import not_empty, replace_unreadable  # noqa: PLC0415

    if not replace:
        raise not_empty(str(damaged))
    done, aside = replace_unreadable(
        damaged, content, file, actor=ws.actor, now=ws.now(), pinned=ws.clock.pinned
    )
    return Restoring(done, aside=aside)


def check_state(ws: Workspace) -> Soundness:
    """Pages, schema, references and laws of the state; nothing is changed.

    Raises:
        LoopQAError: the state can't be reached, or is a newer LoopQA's.
    """
    from loopqa.store.keeping import inspecting  # noqa: PLC0415
    from loopqa.store.laws import check_contents, check_laws  # noqa: PLC0415

    with inspecting(ws.settings.state, ws.root) as there:
        if there is None:
            return Soundness(ws.settings.state, None, "")
        damage = there.damage(deep=True)
        if damage:
            return Soundness(there.where, None, there.newest_schema, damage)
        schema = there.schema()
        seen = Soundness(there.where, schema, there.newest_schema)
        if schema != there.newest_schema:
            return seen
        with there.reading() as reader:
            breaches = check_laws(reader, ws.now()) + check_contents(reader)
    return Soundness(seen.where, schema, seen.newest, breaches=breaches)
