"""Notices become messages in the transaction that writes them, and messages reach people."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loopqa.calc.loop.routing import addresses
from loopqa.engine.outbox.delivering import MOST_TRIES, waiting_time
from loopqa.engine.outbox.letters import letters, retry, shown_letter, trials
from loopqa.engine.run import run_workflow
from loopqa.engine.status import status
from loopqa.engine.tick import Done, TickReport, tick, tick_steps
from loopqa.engine.work import Work
from loopqa.engine.workspace import Workspace
from loopqa.errors import DefinitionError, PluginError, RefusedMove, UsageError
from loopqa.language import text
from loopqa.model.cycle import Notice
from loopqa.model.timetable import MessageState
from loopqa.plugin import Delivery
from loopqa.store.laws.checking import check_laws
from tests.engine.told_desk import Told

RULE = "{on: [finding.*], type: trial, to: [li, wu]}"


@pytest.fixture(scope="module")
def before(tmp_path_factory, make_desk) -> Path:
    """A desk with one finding that nobody has been told of yet."""
    made = Told.of(make_desk(tmp_path_factory.mktemp("before") / "desk").root, RULE)
    evaluated(made)
    return made.root


@pytest.fixture
def told(before, tmp_path) -> Told:
    shutil.copytree(before, tmp_path / "desk")
    return Told(tmp_path / "desk")


@pytest.fixture
def fresh(desk) -> Told:
    return Told.of(desk.root, RULE)


def evaluated(told: Told) -> None:
    with told.at("2026-10-02T12:00:00") as ws:
        run_workflow(ws, "desk-monthly")


def ticked(told: Told, moment: str, work: Work | None = None) -> TickReport:
    with told.at(moment) as ws:
        return tick(ws, work=work or Work())


def states(told: Told) -> list[tuple[str | None, str]]:
    with told.at("2026-10-02T12:00:00") as ws:
        found, _ = letters(ws)
        return [(one.message.recipient, one.message.state.value) for one in found]


def test_a_finding_tells_everybody_whom_the_rule_names(told):
    assert states(told) == [("li", "pending"), ("wu", "pending")]
    assert not (told.root / "sent.jsonl").exists()
    done = ticked(told, "2026-10-02T12:05:00")
    assert sorted(one.recipient or "" for one in done.delivered) == ["li", "wu"]
    assert sorted((one["to"], one["given"]) for one in told.sent) == [
        ("li", ["li"]),
        ("wu", ["wu"]),
    ]
    assert {one["event"] for one in told.sent} == {"finding.opened"}
    assert len({one["key"] for one in told.sent}) == 2
    assert ticked(told, "2026-10-02T12:10:00").delivered == ()
    assert states(told) == [("li", "delivered"), ("wu", "delivered")]


def test_the_body_speaks_the_languages_of_the_workspace(told):
    ticked(told, "2026-10-02T12:05:00")
    assert told.sent[0]["body"] == (
        "F-1: speed fell short (channel=phone)\n"
        "workflow desk-monthly, finding.opened\n"
        "see `loopqa finding show F-1`\n"
        "\n"
        "F-1：“speed”未达要求（channel=phone）\n"
        "工作流 desk-monthly，finding.opened\n"
        "详见 `loopqa finding show F-1`\n"
    )


def test_one_recipient_s_failure_holds_up_nobody_else(told):
    told.answer(li={"retryable": True}, wu="bug")
    done = ticked(told, "2026-10-02T12:05:00")
    assert done.delivered == ()
    told.answer(li={"retryable": True})
    ticked(told, "2026-10-02T13:00:00")
    assert states(told) == [("li", "pending"), ("wu", "delivered")]
    told.answer()
    ticked(told, "2026-10-02T14:00:00")
    assert states(told) == [("li", "delivered"), ("wu", "delivered")]
    of_li = [one for one in told.sent if one["to"] == "li"]
    assert [one["attempt"] for one in of_li] == [1, 2, 3]
    assert len({one["key"] for one in of_li}) == 1


def test_a_bug_of_a_notifier_is_told_without_what_it_says(told):
    told.answer(li="bug")
    done = ticked(told, "2026-10-02T12:05:00")
    (failed,) = done.undelivered
    assert str(failed.error) == "notifier 'trial' failed: KeyError (trial.py:37)"
    assert str(failed.message.failure) == "notifier 'trial' failed: KeyError (trial.py:37)"


def test_retry_after_is_honoured_to_the_second(told):
    told.answer(li={"retryable": True, "retry_after": 3700})
    (failed,) = ticked(told, "2026-10-02T12:05:00").undelivered
    assert failed.message.next_at == datetime.fromisoformat("2026-10-02T13:06:40+00:00")
    told.answer()
    assert ticked(told, "2026-10-02T13:06:39").delivered == ()
    assert [one.recipient for one in ticked(told, "2026-10-02T13:06:40").delivered] == ["li"]


def test_a_refusal_for_good_is_a_dead_letter_until_somebody_retries_it(told):
    told.answer(li={"retryable": False})
    (failed,) = ticked(told, "2026-10-02T12:05:00").undelivered
    assert failed.message.state is MessageState.DEAD
    assert ticked(told, "2026-10-09T12:00:00").delivered == ()
    with told.at("2026-10-09T12:00:00") as ws, ws.reading() as reader:
        events = [one.event for one in reader.audit(about="M-1")]
        assert events == ["message.queued", "message.dead"]
        assert status(ws).messages[MessageState.DEAD] == 1
    told.answer()
    with told.at("2026-10-09T12:00:00") as ws:
        assert [one.id for one in retry(ws, (), dead=True)] == [1]
    assert [one.id for one in ticked(told, "2026-10-09T12:00:00").delivered] == [1]
    with told.at("2026-10-09T12:00:00") as ws, ws.reading() as reader:
        events = [one.event for one in reader.audit(about="M-1")]
        assert events[2:] == ["message.retried", "message.delivered"]
        assert check_laws(reader, ws.now()) == ()


def test_after_two_days_of_tries_a_message_is_given_up(told):
    told.answer(li={"retryable": True}, wu={"retryable": True})
    moment = started = datetime(2026, 10, 2, 12, 5, tzinfo=UTC)
    tries = 0
    while states(told) != [("li", "dead"), ("wu", "dead")]:
        tries += 1
        assert tries <= 2 * MOST_TRIES
        waiting = [
            one.message.next_at
            for one in ticked(told, moment.replace(tzinfo=None).isoformat()).undelivered
        ]
        moment = max([*waiting, moment + timedelta(minutes=1)])
    assert timedelta(days=1) < moment - started < timedelta(days=3)
    assert max(one["attempt"] for one in told.sent) == MOST_TRIES


def test_waits_grow_and_differ_between_messages(told):
    with told.at("2026-10-02T12:05:00") as ws, ws.writing() as writer:
        one, other = writer.claim_messages(limit=2)
    error = PluginError(text("the receiver says no"), retryable=True)
    first, second = waiting_time(one, error), waiting_time(other, error)
    assert first is not None
    assert second is not None
    assert timedelta(seconds=30) <= first <= timedelta(minutes=1)
    assert first != second


def test_a_wish_beyond_all_patience_is_cut(told):
    told.answer(li={"retryable": True, "retry_after": 1e9})
    (failed,) = ticked(told, "2026-10-02T12:05:00").undelivered
    assert failed.message.next_at == datetime.fromisoformat("2026-10-03T12:05:00+00:00")


def test_messages_are_sent_at_the_same_time(told):
    both = threading.Barrier(2, timeout=100)

    def send(ws, parcel):
        both.wait()
        return Delivery()

    assert len(ticked(told, "2026-10-02T12:05:00", Work(send=send)).delivered) == 2


def test_a_receiver_that_never_answers_is_left_behind(told, monkeypatch):
    monkeypatch.setattr("loopqa.engine.outbox.sending.PATIENCE", 0.3)
    asleep = threading.Event()

    def send(ws, parcel):
        if parcel.outgoing.recipient == "li":
            asleep.wait(120)
        return Delivery()

    started = time.monotonic()
    done = ticked(told, "2026-10-02T12:05:00", Work(send=send))
    asleep.set()
    assert time.monotonic() - started < 100
    assert [one.recipient for one in done.delivered] == ["wu"]
    assert [str(one.error) for one in done.undelivered] == ["no answer within 0.3 s"]


def test_a_dead_receiver_uses_up_one_batch_of_a_tick_and_the_others_get_theirs(fresh):
    with fresh.at("2026-10-02T12:00:00") as ws, ws.writing() as writer:
        for number in range(30):
            key, event = f"k{number}", "finding.opened"
            writer.add_notice(Notice(key, event, "F-1", text("due"), ws.now(), "desk-monthly"))
        rule = {"on": ["all"], "type": "trial", "note": "b"}
        writer.routing = lambda notice: addresses(notice.event, [rule])
        writer.add_notice(Notice("z", "finding.opened", "F-1", text("due"), ws.now(), "x"))

    def send(ws, parcel):
        if parcel.message.options:
            return Delivery()
        raise PluginError(text("the receiver says no"), retryable=True)

    done = ticked(fresh, "2026-10-02T12:05:00", Work(send=send))
    assert [one.id for one in done.delivered] == [61]
    assert len(done.undelivered) == 8


def test_a_simulator_sends_without_threads(told):
    seen = []

    def send(ws, parcel):
        seen.append((threading.current_thread(), parcel.outgoing.recipient))
        return Delivery()

    ticked(told, "2026-10-02T12:05:00", Work(send=send, at_once=1))
    assert seen == [(threading.main_thread(), "li"), (threading.main_thread(), "wu")]


def test_a_tick_that_stops_anywhere_repeats_at_most_what_it_had_in_flight(told):
    """Every point between two transactions is a crash; the claim is found lost by its lease."""
    for stop_at in range(1, 7):
        with told.at(f"2026-10-02T1{stop_at}:00:00") as ws:
            steps = tick_steps(ws, Done(), work=Work(at_once=1))
            for _ in zip(range(stop_at), steps, strict=False):
                pass
            steps.close()
    ticked(told, "2026-10-03T12:00:00", Work(at_once=1))
    assert states(told) == [("li", "delivered"), ("wu", "delivered")]
    assert len({one["key"] for one in told.sent}) == 2
    assert len(told.sent) <= 4
    with told.at("2026-10-03T12:00:00") as ws, ws.reading() as reader:
        assert check_laws(reader, ws.now()) == ()


def test_what_is_undone_leaves_no_message(fresh):
    def failing(ws: Workspace) -> None:
        with ws.writing() as writer:
            writer.add_notice(
                Notice("k", "finding.opened", "F-1", text("due"), ws.now(), "desk-monthly")
            )
            assert len(writer.messages()) == 2
            raise KeyError

    with fresh.at("2026-10-02T12:00:00") as ws:
        with pytest.raises(KeyError):
            failing(ws)
        assert letters(ws) == ((), 0)


def test_a_notice_of_a_workflow_that_is_gone_tells_nobody(fresh):
    with fresh.at("2026-10-02T12:00:00") as ws, ws.writing() as writer:
        writer.add_notice(Notice("k", "finding.opened", "F-1", text("due"), ws.now(), "gone"))
        writer.add_notice(Notice("l", "finding.opened", "F-1", text("due"), ws.now(), ""))
        assert writer.messages() == ()


def test_a_message_to_a_notifier_that_is_gone_waits_for_it(told):
    plugin = told.root / "plugins" / "trial.py"
    code = plugin.read_text("utf-8")
    plugin.unlink()
    done = ticked(told, "2026-10-02T12:05:00")
    assert {str(one.error).partition("\n")[0] for one in done.undelivered} == {
        "there is no notifier 'trial'"
    }
    plugin.write_text(code, "utf-8")
    assert len(ticked(told, "2026-10-02T13:00:00").delivered) == 2


def test_only_what_is_not_delivered_can_be_retried(told):
    ticked(told, "2026-10-02T12:05:00")
    with told.at("2026-10-02T12:06:00") as ws:
        with pytest.raises(RefusedMove, match="cannot move message M-1 from delivered to waiting"):
            retry(ws, (1,))
        with pytest.raises(UsageError, match="say which messages"):
            retry(ws, ())
        assert retry(ws, (), dead=True) == ()


def test_a_message_that_waits_can_be_sent_at_once(told):
    told.answer(li={"retryable": True, "retry_after": 80000})
    ticked(told, "2026-10-02T12:05:00")
    told.answer()
    with told.at("2026-10-02T12:06:00") as ws:
        retry(ws, (1,))
    assert [one.id for one in ticked(told, "2026-10-02T12:06:00").delivered] == [1]


def test_a_trial_reaches_every_address_and_leaves_no_trace(fresh):
    fresh.answer(wu={"retryable": True})
    with fresh.at("2026-10-02T12:00:00") as ws:
        made = trials(ws)
        assert [(one.recipient, one.error is None) for one in made] == [("li", True), ("wu", False)]
        assert letters(ws) == ((), 0)
        with ws.reading() as reader:
            assert reader.audit() == ()


def test_a_message_is_shown_as_its_receiver_gets_it(told):
    ticked(told, "2026-10-02T12:05:00")
    with told.at("2026-10-02T12:06:00") as ws:
        shown = shown_letter(ws, 1)
    (sent,) = [one for one in told.sent if one["to"] == "li"]
    assert (shown.key, shown.body) == (sent["key"], sent["body"])


def test_an_event_that_does_not_exist_is_a_mistake_in_the_file(desk):
    Told.of(desk.root, "{on: [verdict.reachd], type: console}")
    with desk.on("2026-10-02") as ws, pytest.raises(DefinitionError) as raised:
        ws.workflows()
    assert "there is no event 'verdict.reachd'" in str(raised.value)
    assert "did you mean 'verdict.reached'?" in str(raised.value)


def test_no_secret_lies_in_the_state(desk, monkeypatch):
    Told.of(
        desk.root,
        '{on: [all], type: webhook, url: "${env:HOOK}", secret: "${env:HOOK_SECRET}"}',
        '{on: [all], type: email, to: li@example.com, password: "${env:MAIL_PASSWORD}", user: q}',
    )
    monkeypatch.setenv("HOOK", "http://127.0.0.1:9/opensesame-1")
    monkeypatch.setenv("HOOK_SECRET", "whsec_b3BlbnNlc2FtZS0y")
    monkeypatch.setenv("MAIL_PASSWORD", "opensesame-3")
    told = Told(desk.root)
    evaluated(told)
    assert len(ticked(told, "2026-10-02T12:05:00").undelivered) == 2
    with told.at("2026-10-02T12:06:00") as ws:
        documents = str([shown_letter(ws, number).to_dict() for number in (1, 2)])
    stored = b"".join(path.read_bytes() for path in _files(told.root / ".loopqa"))
    assert b"desk-monthly" in stored
    for secret in ("opensesame", "b3BlbnNlc2FtZS0y"):
        assert secret.encode() not in stored
        assert secret not in documents


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("state.db*") if path.is_file()]


def test_a_secret_in_plain_is_refused_before_it_reaches_the_state(desk):
    Told.of(desk.root, "{on: [all], type: webhook, url: https://a.cn, secret: whsec_b3Blbg==}")
    with desk.on("2026-10-02") as ws, pytest.raises(DefinitionError) as raised:
        ws.workflows()
    assert "'secret' stands in the file for everybody to read" in str(raised.value)
    assert "whsec" not in str(raised.value)
