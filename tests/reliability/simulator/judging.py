"""The end of a simulation: the state is held against the model, the laws and the receivers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loopqa.model.cycle import (
    ActionState,
    AuditEntry,
    FindingState,
    ReSurvey,
    ReSurveyState,
    resurvey_ref,
    verdict_ref,
)
from loopqa.model.timetable import SlotState
from loopqa.store.door import Reader
from loopqa.store.laws import check_laws
from loopqa.store.leases import LEASE
from tests.reliability.simulator.comparing import outcome_of
from tests.reliability.simulator.model import Model, Round
from tests.reliability.simulator.post_model import judge_post
from tests.reliability.simulator.work import SimulatedWork
from tests.reliability.simulator.world import World

#: How a round ends → its finding and its action, where no other round follows.
_LEADS_TO = {
    "solved": (FindingState.RESOLVED, ActionState.VERIFIED),
    "better": (FindingState.CARRIED_OVER, ActionState.VERIFIED),
    "worse": (FindingState.CARRIED_OVER, ActionState.INEFFECTIVE),
    "same": (FindingState.CARRIED_OVER, ActionState.INEFFECTIVE),
    "open": (FindingState.CARRIED_OVER, ActionState.CLOSED),
    "hopeless": (FindingState.CARRIED_OVER, ActionState.CLOSED),
}


def judge(reader: Reader, world: World, model: Model, work: SimulatedWork) -> None:
    """Hold everything against everything; what is wrong becomes a breach."""
    judge_laws(reader, world, model)
    judge_rounds(reader, model)
    for wrong in work.slots.judge(reader):
        model.breach(wrong)
    model.counts["slots"] += len(reader.slots(states=(SlotState.DONE,)))
    for wrong in judge_post(reader, model, work.receivers, _happened(reader)):
        model.breach(wrong)
    for wrong in _taken_over(reader, model):
        model.breach(wrong)


def _taken_over(reader: Reader, model: Model) -> Iterator[str]:
    """Claims that were taken back before their time; no process of a simulation really dies."""
    claimed: dict[str, datetime] = {}
    for entry in reader.audit():
        if entry.event in {"resurvey.comparing", "slot.claimed"}:
            claimed[entry.about] = entry.at
        elif entry.event.endswith(".claim_lost"):
            model.counts["takeovers"] += 1
            if entry.about in claimed and entry.at < claimed[entry.about] + LEASE:
                yield f"{entry.about} was taken from a process whose lease ran on"


def _happened(reader: Reader) -> Iterator[tuple[str, str]]:
    """What people must be told of, as the judged rounds say."""
    for one in reader.resurveys():
        yield "resurvey.scheduled", resurvey_ref(one.id)
        if one.window is not None:
            yield "resurvey.due", resurvey_ref(one.id)
    for verdict in reader.verdicts():
        yield "verdict.reached", verdict_ref(verdict.id)


def judge_laws(
    reader: Reader, world: World, model: Model, late: timedelta = timedelta(minutes=5)
) -> None:
    """The laws that every sound state keeps."""
    for one in check_laws(reader, world.clock.now(), late=late):
        model.breach(f"law {one.law}: {one.said}")


def judge_rounds(reader: Reader, model: Model) -> None:
    """Every wanted round was made once, at its time, and led where it must; no other one was."""
    model.complete()
    rows: dict[tuple[int, int], list[ReSurvey]] = defaultdict(list)
    for one in reader.resurveys():
        rows[one.action, one.round].append(one)
    for key in rows.keys() - model.rounds.keys():
        model.breach(f"round {key[1]} of A-{key[0]} was never wanted")
    verdicts = Counter((one.action, one.round) for one in reader.verdicts())
    events = _events(reader)
    for key, expected in sorted(model.rounds.items()):
        found = rows.get(key, [])
        if len(found) != 1:
            model.breach(f"{expected.name}: {len(found)} re-surveys")
            model.counts["twice" if found else "lost"] += 1
            continue
        _judge_round(reader, model, expected, found[0], verdicts[key], events[f"R-{found[0].id}"])


def _events(reader: Reader) -> dict[str, list[AuditEntry]]:
    events: dict[str, list[AuditEntry]] = defaultdict(list)
    for entry in reader.audit():
        events[entry.about].append(entry)
    return events


def _judge_round(
    reader: Reader,
    model: Model,
    expected: Round,
    found: ReSurvey,
    verdicts: int,
    entries: list[AuditEntry],
) -> None:
    if found.due_on != expected.due_on:
        model.breach(f"{expected.name} is due on {found.due_on}, not {expected.due_on}")
    _judge_begin(model, expected, found, entries)
    if expected.cancelled:
        if found.state is not ReSurveyState.CANCELLED or verdicts:
            model.breach(f"{expected.name} was cancelled, but is {found.state} ({verdicts})")
        return
    if found.state is not ReSurveyState.DONE:
        model.breach(f"{expected.name} was never judged: {found.state}")
        model.counts["lost"] += 1
        return
    model.counts["resurveys"] += 1
    if verdicts != 1:
        model.breach(f"{expected.name} has {verdicts} verdicts")
        model.counts["twice" if verdicts else "lost"] += 1
    done = sum(entry.event == "resurvey.done" for entry in entries)
    if done != 1:
        model.breach(f"{expected.name} was settled {done} times")
        model.counts["twice"] += 1
    _judge_consequences(reader, model, expected)


def _judge_begin(model: Model, expected: Round, found: ReSurvey, entries: list[AuditEntry]) -> None:
    begun = [one for one in entries if one.event == "resurvey.asking"]
    if len(begun) > 1:
        model.breach(f"{expected.name} began {len(begun)} times")
        model.counts["twice"] += 1
    for entry in begun:
        if entry.at < model.midnight(expected.due_on):
            model.breach(f"{expected.name} began too early, at {entry.at}")
            model.counts["early"] += 1
        late = (_day(entry.at, model) - expected.due_on).days
        if found.late_days != late:
            model.breach(f"{expected.name} is marked {found.late_days} days late, not {late}")
        model.counts["late"] += late > 0


def _day(moment: datetime, model: Model) -> object:
    return moment.astimezone(ZoneInfo(model.rule.zone)).date()


def _judge_consequences(reader: Reader, model: Model, expected: Round) -> None:
    """Verdict, finding and action are what the round's comparison leads to."""
    end, action = model.ending(expected), reader.action(expected.action)
    for verdict in reader.verdicts(action=action.id):
        if verdict.round == expected.number and verdict.outcome is not outcome_of(end):
            model.breach(f"{expected.name} ended {end}, but its verdict is {verdict.outcome}")
    decisive = model.decisive(action.id)
    if decisive[:1] == [expected]:
        for finding in map(reader.finding, action.findings):
            if finding.state is not _LEADS_TO[end][0]:
                model.breach(f"F-{finding.id} is {finding.state} after {expected.name} ended {end}")
    if model.of_action(action.id)[-1] is expected:
        said = model.said[action.id]
        wanted = _LEADS_TO[end][1] if said is ActionState.CLOSED else said
        if action.state is not wanted:
            model.breach(f"A-{action.id} is {action.state} after {expected.name} ended {end}")
