"""Changes: keys that make an effect happen once, versions, moves, and the audit chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loopqa.errors import RefusedMove, StaleVersion
from loopqa.language import text
from loopqa.model.cycle import ActionState, FindingState, Notice, ReSurveyState

SECOND = "\n  hint: nothing was changed; look at what is there"


def test_a_change_raises_the_version_and_is_read_back(loop):
    action = loop.add_action()
    with loop.writing() as writer:
        started = writer.change_action(action, event="action.started", state=ActionState.STARTED)
    assert (started.version, started.state) == (2, ActionState.STARTED)
    with loop.store.reading() as reader:
        assert reader.action(action.id) == started


def test_nested_lists_are_replaced_as_a_whole(loop):
    finding = loop.add_finding()
    with loop.writing() as writer:
        writer.change_finding(finding, event="finding.seen", seen_in=(2,))
    with loop.writing() as writer:
        writer.change_finding(writer.finding(1), event="finding.seen", seen_in=(2, 3))
    with loop.store.reading() as reader:
        assert reader.finding(1).seen_in == (2, 3)


def test_an_action_can_name_its_findings_anew(loop):
    action = loop.add_action()
    with loop.writing() as writer:
        other = writer.add_finding(replace(loop.finding, lineage="care"))
        writer.change_action(action, event="action.linked", findings=(other.id,))
    with loop.store.reading() as reader:
        assert reader.action(1).findings == (other.id,)
        assert reader.actions_of_finding(1) == ()


@pytest.mark.parametrize(
    ("add", "change", "message"),
    [
        (
            "add_finding",
            "change_finding",
            "finding F-1 was changed by somebody else meanwhile; read it again",
        ),
        (
            "add_action",
            "change_action",
            "action A-1 was changed by somebody else meanwhile; read it again",
        ),
        (
            "add_resurvey",
            "change_resurvey",
            "re-survey R-1 was changed by somebody else meanwhile; read it again",
        ),
    ],
)
def test_a_record_that_somebody_else_changed_is_refused(loop, add, change, message):
    old = getattr(loop, add)()
    with loop.writing() as writer:
        getattr(writer, change)(old, event="x.changed")
    with pytest.raises(StaleVersion) as told, loop.writing() as writer:
        getattr(writer, change)(old, event="x.changed")
    assert str(told.value) == message


def test_an_illegal_move_changes_nothing_and_names_the_way_out(loop):
    action = loop.add_action()
    with pytest.raises(RefusedMove) as told, loop.writing() as writer:
        writer.change_action(action, event="action.verified", state=ActionState.VERIFIED)
    assert str(told.value) == (
        "cannot move action A-1 from open to verified; allowed: started, cancelled"
    )
    with loop.store.reading() as reader:
        assert reader.action(1) == action


def test_an_error_inside_the_block_takes_everything_back(loop):
    loop.add_wave()
    with pytest.raises(ZeroDivisionError):
        _fail_after_changes(loop)
    with loop.store.reading() as reader:
        assert reader.findings() == ()
        assert reader.notices() == ()
        assert [entry.event for entry in reader.audit()] == ["rubric.pinned", "wave.evaluated"]
        assert reader.verify_audit() is None


def test_a_wave_of_the_same_window_and_revision_is_refused(loop):
    loop.add_wave()
    with pytest.raises(StaleVersion) as told:
        loop.add_wave(digest="other")
    assert str(told.value) == (
        "workflow 'airport': 2026-12-01..2026-12-31 was evaluated as revision 1 by somebody else "
        "meanwhile" + SECOND
    )


def test_the_waves_of_two_re_surveys_may_have_the_same_window(loop):
    loop.add_wave(resurvey=1)
    assert loop.add_wave(resurvey=2).resurvey == 2


def test_a_cell_has_one_unfinished_finding(loop):
    loop.add_finding()
    with pytest.raises(StaleVersion) as told, loop.writing() as writer:
        writer.add_finding(loop.finding)
    assert str(told.value) == "'speed' has the unfinished finding F-1 here already" + SECOND


def test_a_finished_or_stale_finding_frees_its_cell(loop):
    finding = loop.add_finding()
    with loop.writing() as writer:
        writer.change_finding(finding, event="finding.dismissed", state=FindingState.DISMISSED)
        second = writer.add_finding(loop.finding)
        writer.change_finding(second, event="finding.stale", stale=True)
        assert writer.add_finding(loop.finding).id == 3


def test_a_round_is_scheduled_and_judged_once(loop):
    loop.add_resurvey()
    with pytest.raises(StaleVersion) as scheduled, loop.writing() as writer:
        writer.add_resurvey(loop.resurvey)
    with pytest.raises(StaleVersion) as judged:
        _judge_twice(loop)
    assert str(scheduled.value) == (
        "round 1 of action A-1 was scheduled by somebody else meanwhile" + SECOND
    )
    assert str(judged.value) == (
        "round 1 of action A-1 was judged on 'speed' by somebody else meanwhile" + SECOND
    )
    with loop.store.reading() as reader:
        assert reader.verdicts() == ()


def test_people_are_told_the_same_thing_once(loop):
    with loop.writing() as writer:
        assert writer.add_notice(_notice(loop)) == 1
        assert writer.add_notice(_notice(loop)) is None
    with loop.store.reading() as reader:
        assert len(reader.notices()) == 1


def test_verdicts_and_findings_of_a_replaced_wave_are_marked_stale_once(loop):
    loop.add_resurvey()
    with loop.writing() as writer:
        writer.add_verdict(loop.verdict)
        assert [one.stale for one in writer.mark_verdicts_stale(1)] == [True]
        assert writer.mark_verdicts_stale(1) == ()
        assert [one.version for one in writer.mark_findings_stale(1)] == [2]
        assert writer.mark_findings_stale(1) == ()


def test_every_change_is_one_link_of_a_chain_that_holds(loop):
    resurvey = loop.add_resurvey()
    with loop.writing(pinned=True, actor="wang") as writer:
        writer.change_resurvey(resurvey, event="resurvey.cancelled", state=ReSurveyState.CANCELLED)
    with loop.store.reading() as reader:
        entries = reader.audit()
        assert reader.verify_audit() is None
        assert reader.audit_head() == entries[-1].hash
        assert reader.audit(limit=1) == entries[-1:]
        assert reader.audit(about="R-1") == entries[-2:]
    assert [(entry.event, entry.about) for entry in entries] == [
        ("rubric.pinned", "airport"),
        ("wave.evaluated", "W-1"),
        ("finding.opened", "F-1"),
        ("action.opened", "A-1"),
        ("resurvey.scheduled", "R-1"),
        ("resurvey.cancelled", "R-1"),
    ]
    assert entries[-1].details == {"state": "cancelled", "version": 2}
    assert [entry.pinned_clock for entry in entries] == [False] * 5 + [True]
    assert [entry.actor for entry in entries] == ["li"] * 5 + ["wang"]


def test_the_entry_of_a_wave_holds_the_hashes_of_its_evidence(loop):
    loop.add_wave()
    with loop.store.reading() as reader:
        details = reader.audit(about="W-1")[0].details
    assert details["snapshots"][0]["sha256"] == "ab"
    assert len(details["scores_sha256"]) == 64
    assert "scores" not in details


@pytest.mark.parametrize(
    ("tamper", "sequence", "why"),
    [
        (
            "UPDATE audit SET actor = 'nobody' WHERE sequence = 2",
            2,
            "its content was changed after it was sealed",
        ),
        (
            "UPDATE audit SET pinned_clock = true WHERE sequence = 3",
            3,
            "its content was changed after it was sealed",
        ),
        (
            "DELETE FROM audit WHERE sequence = 2",
            3,
            "an entry before it was removed, added or replaced",
        ),
        (
            "UPDATE audit SET hash = 'ff' WHERE sequence = 1",
            1,
            "its content was changed after it was sealed",
        ),
    ],
)
def test_the_first_broken_link_is_found(loop, behind, tamper, sequence, why):
    loop.add_action()
    with behind.begin() as connection:
        connection.exec_driver_sql(tamper)
    with loop.store.reading() as reader:
        broken = reader.verify_audit()
    assert (broken.entry.sequence, str(broken.why)) == (sequence, why)


def _fail_after_changes(loop):
    with loop.writing() as writer:
        writer.add_finding(loop.finding)
        writer.add_notice(_notice(loop))
        raise ZeroDivisionError


def _judge_twice(loop):
    with loop.writing() as writer:
        writer.add_verdict(loop.verdict)
        writer.add_verdict(loop.verdict)


def _notice(loop):
    return Notice("due:1", "resurvey.due", "R-1", text("due"), loop.now)
