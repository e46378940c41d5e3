"""Kill -9 while messages are sent: each arrives, and only what was in flight arrives twice."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest

from loopqa.store.laws.checking import check_laws
from tests.engine.test_killed import OUTBOX, command
from tests.engine.told_desk import Told

RULE = "{on: [finding.opened], type: trial, to: [li]}"
TICK = ("2026-10-02", ("tick",))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, make_desk) -> Path:
    """A desk with one message that is due."""
    told = Told.of(make_desk(tmp_path_factory.mktemp("outbox") / "desk").root, RULE)
    assert command(told.root, "2026-10-02", ("run", "desk-monthly")) == 0
    return told.root


@pytest.fixture
def told(before, tmp_path) -> Told:
    shutil.copytree(before, tmp_path / "desk")
    return Told(tmp_path / "desk")


def facts(told: Told) -> tuple[list[tuple[str, int]], Counter[str]]:
    """State and tries of every message, and what the audit chain tells of the first."""
    with told.at("2026-10-02T12:00:00") as ws, ws.reading() as reader:
        assert check_laws(reader, ws.now()) == ()
        events = Counter(one.event for one in reader.audit(about="M-1"))
        return [(one.state.value, one.attempts) for one in reader.messages()], events


def test_a_sender_killed_between_send_and_mark_repeats_one_message_with_the_same_key(told):
    assert command(told.root, *TICK, "after-message-sent") == -signal.SIGKILL
    assert facts(told) == ([("sending", 1)], Counter({"message.queued": 1}))
    assert command(told.root, *TICK) == 0
    assert [one["attempt"] for one in told.sent] == [1, 2]
    assert len({one["key"] for one in told.sent}) == 1
    assert facts(told) == (
        [("delivered", 2)],
        Counter({"message.queued": 1, "message.claim_lost": 1, "message.delivered": 1}),
    )


@pytest.mark.parametrize("fault", ["after-message-claimed", "before-commit", "after-commit"])
def test_a_sender_killed_before_it_sent_repeats_nothing(told, fault):
    assert command(told.root, *TICK, fault) == -signal.SIGKILL
    assert not (told.root / "sent.jsonl").exists()
    assert command(told.root, *TICK) == 0
    assert len(told.sent) == 1
    assert facts(told)[0] in ([("delivered", 1)], [("delivered", 2)])


def test_a_tick_that_is_run_again_sends_nothing_again(told):
    for _ in range(3):
        assert command(told.root, *TICK) == 0
    assert len(told.sent) == 1


@pytest.mark.parametrize("fault", ["before-commit", "after-commit"])
def test_a_run_killed_around_its_commit_tells_once(tmp_path, make_desk, fault):
    """The message is there if, and only if, the finding is."""
    desk = Told.of(make_desk(tmp_path / "other").root, RULE)
    run = ("2026-10-02", ("run", "desk-monthly"))
    assert command(desk.root, *run, fault) == -signal.SIGKILL
    with desk.at("2026-10-02T12:00:00") as ws, ws.reading() as reader:
        assert len(reader.messages()) == len(reader.findings())
    assert command(desk.root, *run) == 0
    assert command(desk.root, *TICK) == 0
    assert len(desk.sent) == 1


def test_every_fault_point_of_the_outbox_is_killed_at():
    assert set(OUTBOX) == {"after-message-claimed", "after-message-sent"}
