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
    reaped = Counter(one.about for one in reader.audit() if one.event == "message.claim_lost")
    keys: dict[Told, set[str]] = defaultdict(set)
    for one in receivers.attempts:
        keys[one.what].add(one.key)
    refused = {one.what for one in receivers.attempts if one.refused}
    yield from _keys(keys)
    for what, row in rows.items():
        name = f"message of {' '.join(map(str, what))}"
        lost_claims = reaped[message_ref(row.id)]
        if _after_refusal(receivers, what) > lost_claims:
            yield f"{name} was sent again although it was refused for good"
        yield from _ended(name, row, got[what], what in refused)
        repeats = max(0, got[what] - 1)
        model.counts["repeats"] += repeats
        model.counts["messages"] += got[what] > 0
        if repeats > untold[what] + lost_claims:
            yield f"{name} came {got[what]} times without need"
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


def _after_refusal(receivers: Receivers, what: Told) -> int:
    """How often it was tried after a refusal; nobody in a simulation retries by hand."""
    tries = [one.refused for one in receivers.attempts if one.what == what]
    return len(tries) - 1 - tries.index(True) if True in tries else 0


def _ended(name: str, row: Message, got: int, refused: bool) -> Iterator[str]:
    if row.state is MessageState.DELIVERED and not got:
        yield f"{name} is marked as delivered, but nobody got it"
    elif row.state is MessageState.DEAD:
        if not refused and row.attempts < MOST_TRIES:
            yield f"{name} was given up after {row.attempts} tries"
    elif row.state is not MessageState.DELIVERED:
        yield f"{name} is still {row.state}"
