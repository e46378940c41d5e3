"""The laws of a state: a sound one keeps them, and each way to break one is found and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from loopqa.model.cycle import ActionState, FindingState, ReSurveyState
from loopqa.model.timetable import SlotState
from loopqa.store.laws import LAWS, check_contents, check_laws
from tests.store.conftest import Samples
from tests.store.lawful import write_cycles, write_timetable

HOUR = timedelta(hours=1)


@pytest.fixture
def sound(loop: Samples) -> Samples:
    """Three cycles, a slot and a message, all ended."""
    after = write_cycles(loop.store, loop, 3)
    write_timetable(loop.store, after)
    return replace(loop, now=after)


def told(loop: Samples) -> list[str]:
    with loop.store.reading() as reader:
        return [f"{one.law}: {one.said}" for one in check_laws(reader, loop.now)]


def obey(behind: Engine, *statements: str) -> None:
    with behind.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_sound_state_keeps_all_laws(sound):
    assert told(sound) == []


def test_an_empty_state_keeps_all_laws(loop):
    assert told(loop) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "UPDATE action SET round = 2 WHERE id = 2",
            ["rounds: A-2 has come to round 2, but has 1 re-surveys"],
        ),
        (
            "UPDATE action SET state = 'closed', closed_on = NULL WHERE id = 2",
            [
                "closed: A-2 is closed, but no re-survey was ever due",
                "told: A-2 is closed, but the audit chain last told verified",
            ],
        ),
        (
            "UPDATE finding SET state = 'in_action' WHERE id = 1",
            [
                "in_action: F-1 is in action, but none of its actions goes on",
                "told: F-1 is in action, but the audit chain last told resolved",
            ],
        ),
        (
            "UPDATE finding SET state = 'awaiting_verdict' WHERE id = 1",
            [
                "awaiting: F-1 awaits a verdict, but no re-survey is pending",
                "told: F-1 is awaiting verdict, but the audit chain last told resolved",
            ],
        ),
        (
            "UPDATE verdict SET wave = 1 WHERE id = 3",
            [
                "verdicts: V-3 does not belong to its re-survey: that one is not done, or compared "
                "other waves"
            ],
        ),
        (
            "DELETE FROM verdict WHERE id = 3",
            [
                "answered: R-3 is done, but has no verdict",
                "told: the audit chain tells of V-3, which is gone",
            ],
        ),
        (
            "UPDATE slot SET state = 'running', lease_until = NULL",
            [
                "leases: T-1 is being worked on, but nobody holds a lease on it",
                "told: T-1 is running, but the audit chain last told done",
            ],
        ),
        (
            "UPDATE wave SET resurvey = 9 WHERE id = 4",
            ["references: wave names resurvey 9, which is not there"],
        ),
        (
            "UPDATE audit SET actor = 'wang' WHERE sequence = 7",
            [
                "chain: the audit chain is broken at entry 7: its content was changed after it was "
                "sealed"
            ],
        ),
        (
            "UPDATE outbox SET state = 'dead'",
            ["told: M-1 is given up, but the audit chain last told delivered"],
        ),
        (
            "UPDATE outbox SET state = 'lost'",
            ["told: M-1 is lost, but the audit chain last told delivered"],
        ),
    ],
    ids=lambda value: value[:44] if isinstance(value, str) else "",
)
def test_a_row_changed_by_hand_is_found(sound, behind, statement, expected):
    obey(behind, statement)
    assert told(sound) == expected


def test_an_entry_cut_out_of_the_chain_is_found(sound, behind):
    obey(behind, "DELETE FROM audit WHERE sequence = 12")
    assert told(sound)[0] == (
        "chain: the audit chain is broken at entry 13: an entry before it was removed, added or "
        "replaced"
    )


def test_a_second_row_under_one_key_is_found_where_the_database_let_it_in(sound, behind):
    columns = "workflow, rule, due_at, wall, state, version, next_at, attempts, late_seconds"
    obey(
        behind,
        "CREATE TABLE others AS SELECT * FROM slot",
        "DROP TABLE slot",
        "ALTER TABLE others RENAME TO slot",
        f"INSERT INTO slot (id, {columns}) SELECT 2, {columns} FROM slot",
    )
    first, second = told(sound)
    assert first.startswith("once: slot: there are 2 rows of airport 2027-03-06")
    assert second == "told: T-2 is there, but the audit chain does not know it"


def test_a_lease_that_has_run_out_is_found_once_a_tick_should_have_seen_it(loop):
    loop.ask(loop.now)
    with loop.writing() as writer:
        writer.claim_due(lease=HOUR)
    mine = "leases: R-1 is held by a process whose lease ran out"
    assert mine not in told(replace(loop, now=loop.now + HOUR + timedelta(minutes=4)))
    assert mine in told(replace(loop, now=loop.now + HOUR + timedelta(minutes=6)))


def test_a_re_survey_begun_before_its_time_is_found(loop):
    resurvey = loop.add_resurvey()
    with loop.writing() as writer:
        writer.change_resurvey(resurvey, event="resurvey.asking", state=ReSurveyState.ASKING)
    assert told(loop)[-1] == (
        "not_early: R-1 was taken up at 2027-01-05T06:00:00+00:00, before its time at "
        "2027-02-28T00:00:00+00:00"
    )


def test_a_re_survey_put_off_must_wait_for_its_new_time(loop):
    resurvey = loop.add_resurvey()
    later = resurvey.due_at + 3 * HOUR
    with loop.writing() as writer:
        moved = writer.change_resurvey(resurvey, event="resurvey.rescheduled", due_at=later)
    with loop.writing(now=resurvey.due_at + HOUR) as writer:
        writer.change_resurvey(moved, event="resurvey.asking", state=ReSurveyState.ASKING)
    assert told(loop)[-1].startswith("not_early: R-1 was taken up at 2027-02-28T01:00:00+00:00")


def test_a_comparison_before_its_window_is_complete_is_found(loop):
    asked = loop.ask(loop.now + HOUR)
    with loop.writing() as writer:
        writer.claim_resurvey(asked)
    assert any(
        one.startswith("not_early: R-1 was taken up at 2027-01-05T06:00:00+00:00, before its time")
        for one in told(loop)
    )


def test_a_clock_that_is_set_back_after_the_claim_makes_nothing_early(loop):
    asked = loop.ask(loop.now)
    with loop.writing() as writer:
        claimed = writer.claim_resurvey(asked)
    with loop.writing(now=loop.now - HOUR) as writer:
        writer.release_resurvey(claimed)
    assert not any(one.startswith("not_early") and "05:00" in one for one in told(loop))


def test_a_slot_run_before_its_instant_is_found(sound):
    with sound.writing() as writer:
        slot = writer.add_slot(
            replace(writer.slot(1), due_at=sound.now + HOUR, state=SlotState.PENDING)
        )
        writer.change_slot(slot, event="slot.running", state=SlotState.RUNNING)
    assert [one for one in told(sound) if one.startswith("not_early: T-2 was taken up")]


def test_a_verdict_without_a_comparison_is_found(sound):
    with sound.writing() as writer:
        writer.add_verdict(replace(sound.verdict, resurvey=2, round=7))
    assert "not_early: V-4 was reached while its re-survey R-2 was not being compared" in told(
        sound
    )


def test_a_move_that_no_lifecycle_allows_is_found_in_the_chain(sound, behind):
    with sound.writing() as writer:
        writer.enter("action.opened", "A-1", {"state": ActionState.OPEN})
        writer.enter("finding.opened", "F-1", {"state": FindingState.RESOLVED})
    assert told(sound) == [
        "moves: A-1 went from verified to open, which its lifecycle does not allow",
        "moves: F-1 went from resolved to resolved, which its lifecycle does not allow",
        "told: A-1 is verified, but the audit chain last told open",
    ]


def test_damaged_details_are_told_as_a_broken_chain(sound, behind):
    obey(
        behind,
        """UPDATE audit SET details = '[]' WHERE sequence = 3""",
        """UPDATE audit SET details = '{"state": "gone", "due_at": 7}' WHERE sequence = 9""",
    )
    first, *others = told(sound)
    assert first.startswith("chain: the audit chain is broken at entry 3")
    assert all(one.startswith(("told", "moves")) for one in others)


def test_every_value_is_what_the_chain_tells(sound):
    with sound.store.reading() as reader:
        assert check_contents(reader) == ()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE action SET title = 'third lane' WHERE id = 2", "A-2: title"),
        ("UPDATE action SET closed_on = '2027-01-27' WHERE id = 3", "A-3: closed_on"),
        ("UPDATE finding SET score = 2.8 WHERE id = 1", "F-1: score"),
        ("UPDATE finding SET opened_at = '2027-01-05 06:00:01' WHERE id = 1", "F-1: opened_at"),
        ("UPDATE finding SET window_end = '2026-12-30' WHERE id = 1", "F-1: window"),
        ("UPDATE verdict SET target_met = NULL WHERE id = 1", "V-1: target_met"),
        ("UPDATE verdict SET judgement = '{}' WHERE id = 1", "V-1: judgement"),
        ("UPDATE wave SET scores = '{}' WHERE id = 2", "W-2: scores_sha256"),
    ],
)
def test_a_value_changed_by_hand_is_found(sound, behind, statement, said):
    obey(behind, statement)
    assert told(sound) == []
    with sound.store.reading() as reader:
        assert [str(one.said) for one in check_contents(reader)] == [
            f"{said} is not what the audit chain tells"
        ]


def test_of_one_law_at_most_a_hundred_breaches_are_told(sound, behind):
    columns = "workflow, rule, due_at, wall, state, version, next_at, attempts, late_seconds"
    numbers = "(" + " UNION ALL ".join(f"SELECT {number} AS n" for number in range(2, 122)) + ")"
    named = columns.replace("workflow", "n.n").replace("rule", "slot.rule")
    obey(behind, f"INSERT INTO slot (id, {columns}) SELECT n.n, {named} FROM slot, {numbers} AS n")
    assert len(told(sound)) == 100


def test_every_law_has_a_name_of_its_own_and_a_sentence():
    assert len({law.name for law in LAWS}) == len(LAWS)
    assert all(str(law.sentence) for law in LAWS)
