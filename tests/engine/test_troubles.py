"""A worker tells each trouble once, until it has gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from loopqa.engine.tick import Failure, TickReport
from loopqa.engine.worker.troubles import Troubles
from loopqa.errors import RunFailed
from loopqa.language import text
from loopqa.model.cycle import ReSurvey, ReSurveyState

NOW = datetime(2026, 12, 4, tzinfo=UTC)
WAITS = ReSurvey(1, 1, 1, ReSurveyState.ASKING, NOW, date(2026, 12, 4), 3)


def failure(number: int = 1, why: str = "full", attempts: int = 1) -> Failure:
    record = replace(WAITS, id=number, attempts=attempts, retry_at=NOW)
    return Failure(record, RunFailed(text("the disk is {why}", why=why)))


def report(*failures: Failure) -> TickReport:
    return TickReport(failures=failures)


def test_a_failure_is_told_once_however_often_it_is_tried():
    troubles = Troubles()
    assert troubles.without_known(report(failure())).failures != ()
    assert troubles.without_known(report(failure(attempts=2))).failures == ()


def test_another_item_or_another_reason_is_told():
    troubles = Troubles()
    troubles.without_known(report(failure()))
    told = troubles.without_known(report(failure(), failure(2), failure(why="gone"))).failures
    assert [(one.resurvey.id, str(one.error)) for one in told] == [
        (2, "the disk is full"),
        (1, "the disk is gone"),
    ]


def test_a_failure_that_comes_back_is_told_again():
    troubles = Troubles()
    troubles.without_known(report(failure()))
    assert troubles.without_known(report()) == report()
    assert troubles.without_known(report(failure())).failures != ()


def test_warnings_are_told_once_beside_what_was_done():
    troubles = Troubles()
    done = TickReport(begun=(WAITS,), warnings=(text("no sample was drawn"),))
    assert troubles.without_known(done) == done
    assert troubles.without_known(done) == replace(done, warnings=())


def test_a_tick_that_fails_for_the_same_reason_is_told_once_until_one_goes_well():
    troubles = Troubles()
    gone = RunFailed(text("gone"))
    assert [troubles.is_new(gone), troubles.is_new(gone)] == [True, False]
    assert [troubles.over(), troubles.over()] == [True, False]
    assert troubles.is_new(gone)
