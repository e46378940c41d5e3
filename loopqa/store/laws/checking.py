"""All laws, checked at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from loopqa.language import text
from loopqa.store.laws.breach import Breach, Law, Moment
from loopqa.store.laws.history import chain_whole, history
from loopqa.store.laws.loop_laws import LOOP_LAWS
from loopqa.store.laws.once_laws import ONCE_LAWS
from loopqa.store.reader import Reader

LATE = timedelta(minutes=5)  #: an expired lease is taken back by the next tick
MOST = 100  #: breaches told of one law; who sees a hundred needs no more


LAWS: tuple[Law, ...] = (
    *LOOP_LAWS,
    *ONCE_LAWS,
    Law("chain", text("the audit chain is whole"), chain_whole),
    Law("told", text("every row is in the state that the audit chain last told"), history),
    Law("moves", text("states follow each other as lifecycles allow")),
    Law("not_early", text("nothing begins before its time")),
)


def check_laws(reader: Reader, now: datetime, *, late: timedelta = LATE) -> tuple[Breach, ...]:
    """Every record that breaks a law, at most :data:`MOST` of each law; empty if all hold.

    Set-based queries and two streams over the audit chain: memory does not grow with the chain.

    Args:
        reader: of the state; all laws see the same moment of it.
        now: the current instant, aware.
        late: how long after its end a lease may wait for the tick that takes it back.
    """
    connection, moment = reader._connection, Moment(now, late)
    found = (law.breaches(connection, moment) for law in LAWS if law.breaches is not None)
    return tuple(_some(chain.from_iterable(found)))


def _some(breaches: Iterable[Breach]) -> Iterator[Breach]:
    """At most :data:`MOST` of each law."""
    seen = Counter[str]()
    for breach in breaches:
        seen[breach.law] += 1
        if seen[breach.law] <= MOST:
            yield breach
