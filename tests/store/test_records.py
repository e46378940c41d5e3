"""What is written comes back as the same plain record."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from loopqa.errors import UnknownId
from loopqa.language import text
from loopqa.model.analysis import Analysis, Insight, Lead
from loopqa.model.cycle import ActionState, FindingState, Note, Notice, ReSurveyState, WaveKind
from loopqa.model.window import Window
from loopqa.store.door import Store
from tests.store.conftest import take_back_timetable


def test_a_wave_comes_back_with_scores_snapshots_and_window(loop):
    added = loop.add_wave()
    with loop.store.reading() as reader:
        assert reader.wave(added.id) == replace(loop.wave, id=1)


def test_a_finding_comes_back_with_its_reasons_and_texts(loop):
    added = loop.add_finding()
    with loop.store.reading() as reader:
        assert reader.finding(added.id) == replace(loop.finding, id=1, version=1)


def test_an_action_comes_back_with_its_findings_in_the_order_they_were_named(loop):
    loop.add_finding()
    with loop.writing() as writer:
        other = writer.add_finding(replace(loop.finding, lineage="care", dimension="care"))
        action = writer.add_action(replace(loop.action, findings=(other.id, 1)))
    with loop.store.reading() as reader:
        assert reader.action(action.id) == replace(
            loop.action, id=1, version=1, findings=(other.id, 1)
        )
        assert [one.id for one in reader.actions_of_finding(1)] == [1]


def test_a_re_survey_without_a_window_comes_back_without_one(loop):
    added = loop.add_resurvey()
    with loop.store.reading() as reader:
        assert reader.resurvey(added.id) == replace(loop.resurvey, id=1, version=1)


def test_a_verdict_comes_back_with_its_whole_judgement(loop):
    loop.add_resurvey()
    with loop.writing() as writer:
        added = writer.add_verdict(loop.verdict)
    with loop.store.reading() as reader:
        assert reader.verdict(added.id) == replace(loop.verdict, id=1)


def test_a_note_and_a_notice_come_back(loop):
    note = Note("A-7", "先试行一周", "li", loop.now)
    notice = Notice(
        "due:1", "resurvey.due", "R-1", text("{day} is due", day="2027-02-28"), loop.now
    )
    with loop.writing() as writer:
        writer.add_note(note)
        writer.add_notice(notice)
    with loop.store.reading() as reader:
        assert reader.notes("A-7") == (note,)
        assert reader.notices() == (notice,)


def test_a_rubric_is_pinned_once_and_its_document_read_back(loop):
    with loop.writing() as writer:
        assert writer.pin_rubric("9f2c", "airport", "1", {"title": {"zh": "机场"}}) is True
        assert writer.pin_rubric("9f2c", "airport", "1", {"title": {"zh": "机场"}}) is False
    with loop.store.reading() as reader:
        assert reader.rubric_document("9f2c") == {"title": {"zh": "机场"}}
        assert len(reader.audit()) == 1


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(loop):
    shanghai = timezone(timedelta(hours=8))
    loop.add_wave(created_at=datetime(2027, 1, 5, 14, 0, tzinfo=shanghai))
    with loop.store.reading() as reader:
        assert reader.wave(1).created_at == datetime(2027, 1, 5, 6, 0, tzinfo=UTC)
        assert reader.wave(1).created_at.tzinfo is UTC


def test_no_record_holds_a_lease(loop):
    asked = loop.ask(loop.now)
    with loop.writing() as writer:
        claimed = writer.claim_resurvey(asked)
    assert "lease" not in repr(claimed)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda r: r.wave(9), "there is no wave W-9\n  hint: `loopqa run` makes the next one"),
        (
            lambda r: r.finding(99),
            "there is no finding F-99\n  hint: `loopqa finding list` shows those there are",
        ),
        (
            lambda r: r.action(99),
            "there is no action A-99\n  hint: `loopqa action list` shows those there are",
        ),
        (
            lambda r: r.resurvey(99),
            "there is no re-survey R-99\n  hint: `loopqa resurvey list` shows those there are",
        ),
        (
            lambda r: r.verdict(99),
            "there is no verdict V-99\n  hint: `loopqa verdict list` shows those there are",
        ),
        (
            lambda r: r.rubric_document("ffff"),
            "there is no rubric with the hash ffff\n"
            "  hint: `loopqa rubric list` shows those there are",
        ),
    ],
)
def test_an_unknown_id_is_told_with_what_to_do(loop, read, message):
    with loop.store.reading() as reader, pytest.raises(UnknownId) as told:
        read(reader)
    assert str(told.value) == message


def test_findings_are_found_by_workflow_lineage_scope_and_wave(loop):
    loop.add_finding()
    with loop.writing() as writer:
        writer.add_finding(replace(loop.finding, scope=()))
        dismissed = writer.add_finding(replace(loop.finding, lineage="care"))
        writer.change_finding(dismissed, event="finding.dismissed", state=FindingState.DISMISSED)
    with loop.store.reading() as reader:
        assert _ids(reader.findings()) == [1, 2, 3]
        assert _ids(reader.findings(workflow="other")) == []
        assert _ids(reader.findings(lineage="care")) == [3]
        assert _ids(reader.findings(scope=())) == [2]
        assert _ids(reader.findings(scope=(("area", ("A", "B")),), lineage="speed")) == [1]
        assert _ids(reader.findings(wave=2)) == []


def test_actions_are_found_by_workflow_and_state(loop):
    loop.add_action()
    with loop.writing() as writer:
        writer.add_action(replace(loop.action, due=None, state=ActionState.PROPOSED))
    with loop.store.reading() as reader:
        assert _ids(reader.actions(workflow="airport")) == [1, 2]
        assert _ids(reader.actions(states=(ActionState.PROPOSED,))) == [2]


def test_re_surveys_are_found_by_action_state_and_due_instant(loop):
    resurvey = loop.add_resurvey()
    with loop.store.reading() as reader:
        assert _ids(reader.resurveys(action=1)) == [1]
        assert _ids(reader.resurveys(action=2)) == []
        assert _ids(reader.resurveys(states=(ReSurveyState.SCHEDULED,))) == [1]
        assert _ids(reader.resurveys(states=(ReSurveyState.DONE,))) == []
        assert _ids(reader.resurveys(due_before=resurvey.due_at)) == [1]
        assert _ids(reader.resurveys(due_before=resurvey.due_at - timedelta(seconds=1))) == []


def test_the_latest_wave_is_the_newest_revision_of_the_newest_window(loop):
    january = Window(date(2027, 1, 1), date(2027, 1, 31))
    old = loop.add_wave()
    loop.add_wave(window=january, kind=WaveKind.SPECIAL)
    with loop.writing() as writer:
        writer.change_wave(old, event="wave.replaced", stale=True)
    revised = loop.add_wave(revision=2, digest="d2")
    with loop.store.reading() as reader:
        assert reader.latest_wave("airport") == revised
        assert reader.latest_wave("airport", january) is None
        assert reader.latest_wave("airport", january, kinds=[WaveKind.SPECIAL]).id == 2
        assert _ids(reader.waves("airport")) == [3, 2]
        assert _ids(reader.waves("airport", include_stale=True)) == [1, 3, 2]
        assert _ids(reader.waves(kind=WaveKind.SPECIAL)) == [2]


def test_counts_tell_how_many_there_are_of_everything(loop):
    loop.add_resurvey()
    with loop.writing() as writer:
        writer.add_verdict(loop.verdict)
    expected = {
        "waves": {"routine": 1},
        "findings": {"open": 1},
        "actions": {"open": 1},
        "resurveys": {"scheduled": 1},
        "verdicts": {"inconclusive": 1},
    }
    with loop.store.reading() as reader:
        assert reader.counts() == expected
        assert reader.counts("airport") == expected
        assert reader.counts("other") == {noun: {} for noun in expected}


def _ids(records):
    return [one.id for one in records]


def test_an_analysis_comes_back_with_its_leads_and_of_a_finding_the_latest(loop):
    finding = loop.add_finding()
    insight = Insight(
        text("seen in {found} of {tested} slices tested", found=1, tested=4),
        (Lead(text("where"), (("channel", ("phone",)),), "speed", {"n": 12, "p": None}),),
        (text("a note"),),
        {"tested": 4},
        "speed",
    )
    about = Analysis(0, 1, finding.id, 0, "slices", insight, loop.now)
    whole = replace(about, finding=None, position=1, analyser="drivers")
    with loop.writing() as writer:
        first, second = writer.add_analysis(about), writer.add_analysis(whole)
        later = writer.add_wave(replace(loop.wave, revision=2))
        third = writer.add_analysis(replace(about, wave=later.id))
    with loop.store.reading() as reader:
        assert reader.analyses() == (first, second, third)
        assert reader.analyses(wave=1) == (first, second)
        assert reader.latest_analyses(finding.id) == (third,)
        assert reader.latest_analyses(99) == ()
        assert first == replace(about, id=first.id)
        assert [one.about for one in reader.audit() if one.event == "analysis.made"] == [
            "F-1", "W-1", "F-1",
        ]  # fmt: skip


def test_findings_of_the_schema_before_have_no_analyses(loop, behind, tmp_path, url):
    added = loop.add_finding()
    loop.store.close()
    with behind.begin() as connection:
        take_back_timetable(connection)
        connection.exec_driver_sql("DROP TABLE sample")  # of later schemas, as the next one
        connection.exec_driver_sql("DROP TABLE landing")
        connection.exec_driver_sql("DROP TABLE analysis")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    with closing(Store.open(url, root=tmp_path)) as store, store.reading() as reader:
        assert reader.finding(added.id) == added
        assert reader.latest_analyses(added.id) == ()
        assert reader.verify_audit() is None
