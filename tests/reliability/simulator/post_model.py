"""Which messages people must have got, held against what their receivers saw."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from loopqa.model.timetable import Message, MessageState, message_ref
from loopqa.store.door import Reader
from tests.reliability.simulator.definitions import wanted_by
from tests.reliability.simulator.model import Model
from tests.reliability.simulator.receivers import Receivers, Told

MOST_TRIES = 13  #: after so many the outbox gives a message up
ENDS = {f"message.{how}" for how in ("delivered", "delayed", "dead", "claim_lost")}  #: of a try


def judge_post(
    reader: Reader, model: Model, receivers: Receivers, happened: Iterable[tuple[str, str]]
) -> Iterator[str]:
    """What is wrong with the messages; ``happened``: events and what they are about."""
    rows = _rows(reader)
    for event, about in happened:
        for recipient in wanted_by(model.rule, event):
            if (event, about, recipient) not in rows:
                yield f"nobody meant to tell {recipient} of {event} {about}"
    got = Counter(one.what for one in receivers.attempts if one.got)
    untold = Counter(one.what for one in receivers.attempts if one.got and not one.told)
    ends = _ends(reader)
    keys: dict[Told, set[str]] = defaultdict(set)
    for one in receivers.attempts:
        keys[one.what].add(one.key)
    tried = Counter(one.what for one in receivers.attempts)
    refused = Counter(one.what for one in receivers.attempts if one.refused)
    yield from _keys(keys)
    for what, row in rows.items():
        name = f"message of {' '.join(map(str, what))}"
        end = ends[message_ref(row.id)]
        lost_claims = end["message.claim_lost"]
        if refused[what] > end["message.dead"] + lost_claims:
            yield f"{name} was sent again although it was refused for good"
        if tried[what] > sum(end.values()):
            yield f"{name} was sent {tried[what]} times, but only {sum(end.values())} tries ended"
        yield from _ended(name, row, got[what], refused[what])
        repeats = max(0, got[what] - 1)
        model.counts["repeats"] += repeats
        model.counts["messages"] += got[what] > 0
        if repeats > untold[what] + lost_claims:
            yield f"{name} came {got[what]} times without need"
    unharmed = model.alone and not model.counts["crashes"]
    if unharmed and any(end["message.claim_lost"] for end in ends.values()):
        yield "a message was never settled, although nobody died"
    for what in got.keys() - rows.keys():
        yield f"somebody got {what}, which nobody wrote"


def _rows(reader: Reader) -> dict[Told, Message]:
    rows = {}
    for one in reader.messages():
        notice = reader.notice(one.notice)
        rows[notice.event, notice.about, one.recipient] = one
    return rows


def _keys(keys: dict[Told, set[str]]) -> Iterator[str]:
    for what, used in keys.items():
        if len(used) > 1:
            yield f"{what} came under {len(used)} keys"
    every = [key for used in keys.values() for key in used]
    if len(every) != len(set(every)):
        yield "two messages share a key"


def _ends(reader: Reader) -> dict[str, Counter[str]]:
    """How the tries of each message ended, as the audit chain says: each of them just once.

    Who dies between a refusal and its note may rightly ask again, once the claim was taken back.
    """
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for one in reader.audit():
        if one.event in ENDS:
            ends[one.about][one.event] += 1
    return ends


def _ended(name: str, row: Message, got: int, refused: int) -> Iterator[str]:
    if row.state is MessageState.DELIVERED and not got:
        yield f"{name} is marked as delivered, but nobody got it"
    elif row.state is MessageState.DEAD:
        if not refused and row.attempts < MOST_TRIES:
            yield f"{name} was given up after {row.attempts} tries"
    elif row.state is not MessageState.DELIVERED:
        yield f"{name} is still {row.state}"
