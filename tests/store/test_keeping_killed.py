"""Kill -9 inside backups and restores: the state is the old one or the new one, never half."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing
from dataclasses import replace

import pytest

from loopqa.store.door import Store
from loopqa.store.keeping import back_up, content_of, replace_unreadable, restore
from loopqa.store.laws import check_laws
from tests.store.lawful import write_cycles
from tests.store.test_keeping import rows_in, rows_of

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def lived(loop):
    return replace(loop, now=write_cycles(loop.store, loop, 2))


def killed(target, *arguments) -> bool:
    process = SPAWN.Process(target=target, args=arguments)
    process.start()
    process.join(60)
    return process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("fault", ["backup-written", "backup-verified"])
def test_a_killed_backup_leaves_no_file_under_its_name(lived, behind, tmp_path, url, fault):
    before = rows_of(behind)
    assert killed(_back_up, tmp_path, url, fault)
    assert not (tmp_path / "kept.db").exists()
    assert rows_of(behind) == before
    back_up(lived.store, tmp_path / "kept.db")
    assert rows_in(tmp_path / "kept.db") == before


@pytest.mark.parametrize(
    "fault", ["restore-emptied", "restore-copied", "before-commit", "after-commit"]
)
def test_a_killed_restore_leaves_the_old_state_or_the_new_one(lived, behind, tmp_path, url, fault):
    back_up(lived.store, tmp_path / "kept.db")
    with lived.writing(now=lived.now) as writer:
        writer.add_finding(replace(lived.finding, scope=()))
    before = rows_of(behind)
    assert killed(_restore, tmp_path, url, fault, lived.now)
    after = rows_of(behind)
    if fault == "after-commit":
        assert len(after["finding"]) == 2
    else:
        assert after == before
    with lived.store.reading() as reader:
        assert check_laws(reader, lived.now) == ()
    assert _restore_in(lived.store, tmp_path, lived.now) is not None
    assert len(rows_of(behind)["finding"]) == 2


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", ["restore-beside", "restore-aside"])
def test_a_killed_replacement_of_a_damaged_file_can_be_repeated(
    lived, behind, tmp_path, url, fault
):
    back_up(lived.store, tmp_path / "kept.db")
    behind.dispose()
    lived.store.close()
    state = tmp_path / ".loopqa" / "state.db"
    with state.open("r+b") as opened:
        opened.truncate(20_000)
    assert killed(_replace, tmp_path, fault, lived.now)
    assert state.stat().st_size == 20_000
    _replace(tmp_path, "", lived.now)
    with closing(Store.open(url, root=tmp_path)) as store, store.reading() as reader:
        assert check_laws(reader, lived.now) == ()
        assert len(reader.findings()) == 2


def _back_up(root, url, fault):
    os.environ["LOOPQA_FAULT"] = fault
    with closing(Store.open(url, root=root)) as store:
        back_up(store, root / "kept.db")


def _restore(root, url, fault, now):
    with closing(Store.open(url, root=root)) as store:
        os.environ["LOOPQA_FAULT"] = fault
        _restore_in(store, root, now)


def _restore_in(store, root, now):
    file = root / "kept.db"
    with content_of(file, root) as content:
        return restore(store, content, file, actor="li", now=now, replace=True)


def _replace(root, fault, now):
    os.environ["LOOPQA_FAULT"] = fault
    file, state = root / "kept.db", root / ".loopqa" / "state.db"
    with content_of(file, root) as content:
        replace_unreadable(state, content, file, actor="li", now=now)
