"""Many changes in one transaction: nothing is lost, nothing spoils the rest, the chain is whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event

from loopqa.errors import RefusedMove, StaleVersion, UnknownId
from loopqa.language import text
from loopqa.model.cycle import Notice, ReSurveyState
from loopqa.store.record_kinds import RESURVEY

ASKING = {"state": ReSurveyState.ASKING}


def _rounds(loop, count):
    loop.add_action()
    with loop.writing() as writer:
        return [
            writer.add_resurvey(replace(loop.resurvey, round=number))
            for number in range(1, count + 1)
        ]


def _notice(loop, key):
    return Notice(key, "resurvey.due", "R-1", text("due"), loop.now)


def test_many_re_surveys_change_at_once_as_they_would_one_by_one(loop):
    rounds = _rounds(loop, 3)
    with loop.writing() as writer:
        changed = writer.change_resurveys(
            [(one, {**ASKING, "late_days": one.round}) for one in rounds], event="resurvey.asking"
        )
    with loop.store.reading() as reader:
        assert reader.resurveys() == tuple(changed)
        assert [(one.version, one.late_days) for one in changed] == [(2, 1), (2, 2), (2, 3)]
        assert [one.about for one in reader.audit(limit=3)] == ["R-1", "R-2", "R-3"]
        assert reader.verify_audit() is None


@pytest.mark.parametrize("stale", [0, 1, 2])
def test_one_that_was_changed_meanwhile_refuses_the_whole_batch(loop, stale):
    rounds = _rounds(loop, 3)
    with loop.writing() as writer:
        writer.change_resurvey(rounds[stale], event="x.touched", late_days=9)
    with pytest.raises(StaleVersion, match=f"R-{stale + 1} was changed"), loop.writing() as writer:
        writer.change_resurveys([(one, ASKING) for one in rounds], event="resurvey.asking")
    with loop.store.reading() as reader:
        assert {one.state for one in reader.resurveys()} == {ReSurveyState.SCHEDULED}
        assert reader.audit(limit=1)[0].event == "x.touched"


def test_a_record_that_is_not_there_is_named(loop):
    loop.add_action()
    ghost = replace(loop.resurvey, id=7, version=1)
    with pytest.raises(UnknownId, match="R-7"), loop.writing() as writer:
        writer.change_resurvey(ghost, event="x", late_days=1)


def test_an_old_picture_is_the_reason_even_where_the_move_is_refused_too(loop):
    (old,) = _rounds(loop, 1)
    with loop.writing() as writer:
        writer.change_resurvey(old, event="x.touched", late_days=9)
    with pytest.raises(StaleVersion), loop.writing() as writer:
        writer.change_resurvey(old, event="x", state=ReSurveyState.DONE)
    with pytest.raises(RefusedMove), loop.writing() as writer:
        writer.change_resurvey(writer.resurvey(1), event="x", state=ReSurveyState.DONE)


def test_a_part_that_fails_falls_out_alone(loop):
    rounds = _rounds(loop, 3)
    with loop.writing() as writer:
        for one in rounds:
            try:
                with writer.apart():
                    writer.change_resurvey(one, event="resurvey.asking", **ASKING)
                    added = writer.add_resurvey(replace(loop.resurvey, round=one.round + 10))
                    assert writer.audit(limit=1)[0].about == RESURVEY.ref(added.id)
                    if one.round == 2:
                        writer.change_resurvey(one, event="x", late_days=1)
            except StaleVersion:
                assert writer.resurvey(one.id) == one
    with loop.store.reading() as reader:
        assert [one.state.value for one in reader.resurveys()] == [
            *("asking", "scheduled", "asking"),
            *("scheduled", "scheduled"),
        ]
        assert [one.id for one in reader.resurveys()] == [1, 2, 3, 4, 5]
        assert [one.round for one in reader.resurveys()] == [1, 2, 3, 11, 13]
        assert reader.verify_audit() is None


def test_of_many_notices_only_the_new_ones_are_added(loop):
    with loop.writing() as writer:
        assert writer.add_notice(_notice(loop, "a"))
        added = writer.add_notices([_notice(loop, key) for key in "abcb"])
        assert {number: one.key for number, one in added.items()} == {2: "b", 3: "c"}
        assert not writer.add_notice(_notice(loop, "c"))
        assert writer.add_notices([]) == {}
    with loop.store.reading() as reader:
        assert [one.key for one in reader.notices()] == ["a", "b", "c"]


def test_a_writer_reads_what_it_entered(loop):
    with loop.writing() as writer:
        head = writer.enter("x.one", "A-1", {}).hash
        assert writer.audit_head() == head
        assert [one.event for one in writer.audit(about="A-1")] == ["x.one"]
        writer.enter("x.two", "A-1", {})
        assert writer.verify_audit() is None
    with loop.store.reading() as reader:
        assert [one.event for one in reader.audit()] == ["x.one", "x.two"]


def test_a_large_batch_of_claims_costs_as_many_statements_as_a_small_one(loop):
    rounds = _rounds(loop, 40)
    with loop.writing() as writer:
        ready = {**ASKING, "ready_at": loop.now}
        writer.change_resurveys([(one, ready) for one in rounds], event="resurvey.asking")
    assert _statements(loop, limit=5) == _statements(loop, limit=30)


def _statements(loop, limit):
    """How often the database is spoken to for ``limit`` claims."""
    sent = []
    engine = loop.store._database.engine

    def note(connection, cursor, statement, *_):
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    with loop.writing() as writer:
        assert len(writer.claim_due(limit=limit)) == limit
    event.remove(engine, "before_cursor_execute", note)
    return len(sent)
