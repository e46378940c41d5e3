"""Messages in the store, on SQLite and PostgreSQL: written with their notice, claimed, fenced."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopqa.calc.loop.routing import addresses
from loopqa.errors import StaleVersion
from loopqa.language import text
from loopqa.model.cycle import Notice
from loopqa.model.timetable import MessageState
from tests.store.conftest import NOW, Samples

RULES = [
    {"on": ["action.*"], "type": "email", "to": ["li@a.cn", "wu@a.cn"], "password": "${env:P}"},
    {"on": ["all"], "type": "webhook", "url": "https://a"},
    {"on": ["all"], "type": "webhook", "url": "https://b"},
]


def notice(key: str = "action.overdue:1", event: str = "action.overdue") -> Notice:
    return Notice(key, event, "A-1", text("A-1 is overdue"), NOW, "airport")


def routing(one: Notice):
    return addresses(one.event, RULES)


def tell(loop: Samples, *notices: Notice) -> None:
    with loop.writing(routing=routing) as writer:
        writer.add_notices(notices)


def tell_and_fail(loop: Samples) -> None:
    with loop.writing(routing=routing) as writer:
        assert writer.add_notice(notice()) == 1
        assert len(writer.messages()) == 4
        raise KeyError


def test_a_notice_and_its_messages_are_written_in_one_transaction(loop):
    with pytest.raises(KeyError):
        tell_and_fail(loop)
    with loop.store.reading() as reader:
        assert reader.messages() == reader.notices() == ()
    tell(loop, notice())
    with loop.store.reading() as reader:
        assert [(one.notifier, one.recipient) for one in reader.messages()] == [
            ("email", "li@a.cn"),
            ("email", "wu@a.cn"),
            ("webhook", None),
            ("webhook", None),
        ]
        assert {one.notice for one in reader.messages()} == {1}
        assert reader.notice(1) == notice()
        assert reader.message(1).options == {"password": "${env:P}"}
        assert reader.message_counts() == {MessageState.PENDING: 4}
        assert [one.event for one in reader.audit()] == ["message.queued"] * 4


def test_the_same_thing_is_told_once(loop):
    tell(loop, notice())
    tell(loop, notice(), notice("finding.opened:1", "finding.opened"))
    with loop.store.reading() as reader:
        assert [one.notice for one in reader.messages()] == [1, 1, 1, 1, 2, 2]


def test_without_routing_a_notice_leads_nowhere(loop):
    with loop.writing() as writer:
        writer.add_notice(notice())
    with loop.store.reading() as reader:
        assert reader.messages() == ()


def test_a_message_is_claimed_by_one_at_a_time_the_longest_waiting_first(loop):
    tell(loop, notice())
    with loop.writing() as writer:
        first = writer.claim_messages(limit=3)
        assert [one.id for one in first] == [1, 2, 3]
        assert {(one.state, one.version, one.attempts) for one in first} == {
            (MessageState.SENDING, 2, 1)
        }
        assert first == tuple(writer.message(one.id) for one in first)
    with loop.writing() as writer:
        assert [one.id for one in writer.claim_messages(limit=3)] == [4]
        assert writer.claim_messages(limit=3) == ()
        assert writer.reap_messages() == ()


def test_claims_leave_no_line_in_the_audit_chain(loop):
    tell(loop, notice())
    with loop.writing() as writer:
        writer.claim_messages(limit=4)
    with loop.store.reading() as reader:
        assert {one.event for one in reader.audit()} == {"message.queued"}
        assert reader.verify_audit() is None


def test_who_was_too_slow_is_refused_after_somebody_else_took_over(loop):
    tell(loop, notice())
    with loop.writing() as writer:
        (slow,) = writer.claim_messages(limit=1, lease=timedelta(minutes=1))
    later = NOW + timedelta(minutes=2)
    with loop.writing(now=later) as writer:
        assert [one.id for one in writer.reap_messages()] == [1]
        claimed = {one.id: one for one in writer.claim_messages(limit=4)}
    with pytest.raises(StaleVersion), loop.writing(now=later) as writer:
        writer.change_message(slow, event="message.delivered", state=MessageState.DELIVERED)
    with loop.writing(now=later) as writer:
        done = writer.change_message(
            claimed[1], event="message.delivered", state=MessageState.DELIVERED, ended_at=later
        )
    assert (done.attempts, done.state) == (2, MessageState.DELIVERED)
    with loop.store.reading() as reader:
        assert [one.event for one in reader.audit(about="M-1")] == [
            "message.queued",
            "message.claim_lost",
            "message.delivered",
        ]


def test_a_message_waits_for_its_next_instant(loop):
    tell(loop, notice())
    with loop.writing() as writer:
        for one in writer.claim_messages(limit=4):
            writer.change_message(
                one,
                event="message.delayed",
                state=MessageState.PENDING,
                next_at=NOW + timedelta(hours=one.id),
                failure=text("{why}", why="no"),
            )
    with loop.store.reading() as reader:
        assert not reader.outbox_has_work(NOW + timedelta(minutes=59))
        assert reader.outbox_has_work(NOW + timedelta(hours=1))
    with loop.writing(now=NOW + timedelta(hours=2)) as writer:
        assert [one.id for one in writer.claim_messages(limit=4)] == [1, 2]
