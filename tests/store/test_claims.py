"""Claims: one re-survey, one comparison, whatever dies or dawdles."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import timedelta

import pytest

from loopqa.errors import RefusedMove, StaleVersion
from loopqa.language import speaking, text
from loopqa.model.cycle import ReSurveyState
from loopqa.store.door import Store

HOUR = timedelta(hours=1)
LOCKED = text("{file}: it is locked", file="data.xlsx")


def test_what_is_ready_is_claimed_once(loop):
    loop.ask(loop.now)
    with loop.writing() as writer:
        (claimed,) = writer.claim_due()
        assert claimed.state is ReSurveyState.COMPARING
        assert writer.claim_due() == ()


def test_what_is_not_ready_is_left_alone_unless_it_is_asked_for_by_name(loop):
    asked = loop.ask(loop.now + HOUR)
    with loop.writing() as writer:
        assert writer.claim_due() == ()
        assert writer.claim_resurvey(asked).state is ReSurveyState.COMPARING


def test_a_scheduled_re_survey_cannot_be_claimed(loop):
    scheduled = loop.add_resurvey()
    with pytest.raises(RefusedMove) as told, loop.writing() as writer:
        writer.claim_resurvey(scheduled)
    assert str(told.value) == (
        "cannot move re-survey R-1 from scheduled to comparing; allowed: asking, failed, cancelled"
    )


def test_a_re_survey_that_is_being_compared_cannot_be_claimed(loop):
    asked = loop.ask(loop.now)
    with loop.writing() as writer:
        writer.claim_resurvey(asked)
    with pytest.raises(StaleVersion) as told, loop.writing() as writer:
        writer.claim_resurvey(writer.resurvey(1))
    assert str(told.value) == (
        "re-survey R-1 is being compared already\n  hint: wait until the other command is done"
    )


def test_a_batch_begins_where_the_one_before_it_ended(loop):
    asked = loop.ask(loop.now)
    with loop.writing() as writer:
        assert writer.claim_due(after=(loop.now, asked.id)) == ()
        assert len(writer.claim_due(after=(loop.now, asked.id - 1))) == 1


def test_what_failed_waits_for_its_next_try_unless_it_is_asked_for_by_name(loop):
    loop.ask(loop.now)
    with loop.writing() as writer:
        (claimed,) = writer.claim_due()
        writer.release_resurvey(claimed, retry_at=loop.now + HOUR)
        assert writer.claim_due() == ()
        assert writer.held_up_resurveys(loop.now, 9) == (writer.resurvey(1),)
    with loop.writing(now=loop.now + HOUR) as writer:
        assert writer.held_up_resurveys(loop.now + HOUR, 9) == ()
        (again,) = writer.claim_due()
    assert again.attempts == 2


def test_a_lost_claim_is_taken_again_at_once_and_from_the_second_loss_on_after_a_wait(loop):
    loop.ask(loop.now)
    with loop.writing() as writer:
        writer.claim_due(lease=HOUR)
    with loop.writing(now=loop.now + HOUR) as writer:
        assert len(writer.claim_due(lease=HOUR)) == 1
    with loop.writing(now=loop.now + 2 * HOUR) as writer:
        assert writer.claim_due(lease=HOUR) == ()
        wait = writer.resurvey(1).retry_at - loop.now - 2 * HOUR
    assert timedelta(seconds=30) <= wait <= timedelta(minutes=1)


def test_a_claim_that_is_renewed_is_not_lost(loop):
    loop.ask(loop.now)
    with loop.writing() as writer:
        (slow,) = writer.claim_due(lease=HOUR)
    with loop.writing(now=loop.now + HOUR / 2) as writer:
        assert writer.renew_resurvey(slow, HOUR)
    with loop.writing(now=loop.now + HOUR) as writer:
        assert writer.claim_due() == ()
    with loop.writing(now=loop.now + 2 * HOUR) as writer:
        assert len(writer.claim_due()) == 1
        assert not writer.renew_resurvey(slow, HOUR)


def test_a_claim_whose_lease_ran_out_goes_to_the_next_and_the_slow_one_is_refused(loop):
    loop.ask(loop.now)
    with loop.writing() as writer:
        (slow,) = writer.claim_due(lease=HOUR)
    with loop.writing(now=loop.now + HOUR) as writer:
        (quick,) = writer.claim_due(lease=HOUR)
    with pytest.raises(StaleVersion) as told:
        _finish(loop, slow)
    assert str(told.value) == (
        "re-survey R-1 was changed by somebody else meanwhile; read it again"
    )
    _finish(loop, quick)
    with loop.store.reading() as reader:
        assert len(reader.verdicts()) == 1


def test_a_claim_that_is_given_up_is_taken_again(loop):
    loop.ask(loop.now)
    with loop.writing() as writer:
        (claimed,) = writer.claim_due()
        writer.release_resurvey(claimed, failure=LOCKED)
        (again,) = writer.claim_due()
    assert again.failure == LOCKED


def test_what_held_it_up_is_told_in_the_language_of_whoever_reads_it(loop):
    loop.ask(loop.now)
    report = text("please report it; the re-survey stays due")
    with loop.writing() as writer:
        (claimed,) = writer.claim_due()
        writer.release_resurvey(claimed, failure=text("{why}", why=report))
    with loop.store.reading() as reader, speaking("zh"):
        assert str(reader.resurvey(1).failure) == report.render("zh") != report.render("en")


def test_what_an_older_release_wrote_in_plain_words_stands_as_it_is(loop, behind):
    loop.ask(loop.now)
    with behind.begin() as connection:
        connection.exec_driver_sql("UPDATE resurvey SET failure = '文件 is {locked}, 12 %%'")
    with loop.store.reading() as reader:
        assert str(reader.resurvey(1).failure).startswith("文件 is {locked}, 12 %")


def test_a_finished_re_survey_is_never_claimed_again(loop):
    loop.ask(loop.now)
    with loop.writing() as writer:
        (claimed,) = writer.claim_due()
        writer.change_resurvey(claimed, event="resurvey.done", state=ReSurveyState.DONE)
    with loop.writing(now=loop.now + timedelta(days=365)) as writer:
        assert writer.claim_due() == ()


def test_the_claim_of_a_process_that_was_killed_is_taken_at_once(loop, tmp_path, url):
    loop.ask(loop.now)
    child = multiprocessing.get_context("spawn").Process(
        target=_claim_and_die, args=(tmp_path, url, loop.now)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with loop.store.reading() as reader:
        assert reader.resurvey(1).state is ReSurveyState.COMPARING
    with loop.writing() as writer:
        (claimed,) = writer.claim_due()
    assert claimed.state is ReSurveyState.COMPARING
    with loop.store.reading() as reader:
        events = [entry.event for entry in reader.audit(about="R-1")]
    assert events[-3:] == ["resurvey.comparing", "resurvey.claim_lost", "resurvey.comparing"]


def _finish(loop, claimed):
    with loop.writing(now=loop.now + HOUR) as writer:
        writer.add_verdict(loop.verdict)
        writer.change_resurvey(claimed, event="resurvey.done", state=ReSurveyState.DONE)


def _claim_and_die(root, url, now):
    store = Store.open(url, root=root)
    with store.writing(actor="tick", now=now) as writer:
        writer.claim_due()
    os.kill(os.getpid(), signal.SIGKILL)
