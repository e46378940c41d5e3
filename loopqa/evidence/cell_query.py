"""The SELECT that has PostgreSQL count cases: one row for all that say the same, with their number.

A cell is a window and the values of all columns that decide how a case is read and grouped. Of
rows outside the windows only that counts by which they may be rejected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from loopqa.evidence.batches import Raw
from loopqa.evidence.planning import CasePlan
from loopqa.language import Text, text
from loopqa.model.rubric import DurationMeasure

if TYPE_CHECKING:
    from loopqa.model.window import Window

NUMBER, LATEST, WINDOW = "_n", "_at", "_window"  #: columns of the answer beside those of the cell

_WALL = "_wall"  #: when a case was, by the clock of the workspace

#: PostgreSQL's numbers (OIDs) of the types that read the same counted as row by row.
_TEXTS = frozenset({18, 19, 25, 1042, 1043})  # "char", name, text, char(n), varchar
_PLAIN = frozenset({16, 20, 21, 23, 700, 701, 1082, 1700, 2950})
_DATE, _TIMESTAMP, _INSTANT = 1082, 1114, 1184


class NotCountable(Exception):
    """The rows have to be read one by one; ``why`` says so to people."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Times:
    """A duration to be counted: its two columns, and the columns that stand for them in a cell."""

    start: str
    end: str
    number: int  #: tells the durations of a plan apart

    @property
    def begun(self) -> str:
        """Whether the start is known."""
        return f"_begun{self.number}"

    @property
    def ended(self) -> str:
        """Whether the end is known."""
        return f"_ended{self.number}"

    @property
    def micros(self) -> str:
        """Microseconds between both."""
        return f"_micros{self.number}"


@dataclass(frozen=True)
class CellQuery:
    """Which columns of a relation make up a cell."""

    relation: str  #: a SELECT
    types: Mapping[str, int]  #: of all columns, by OID
    at: str
    zone: str
    kept: tuple[str, ...]  #: segments, clusters, conditions: told inside the windows only
    answers: tuple[str, ...]  #: columns whose values may reject a row
    times: tuple[Times, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a cell that the source has, too."""
        return (*self.kept, *self.answers)

    def sql(self, windows: Sequence[Window], around: Window | None, most: int) -> str:
        """The SELECT of at most ``most`` cells; ``around`` leaves out rows far from a window."""
        read = [
            f"{self._wall(self.at)} AS {quoted(_WALL)}",
            f"{quoted(self.at)} AS {quoted(LATEST)}",
        ]
        read += [f"{self._comparable(name)} AS {quoted(name)}" for name in self.columns]
        read += [part for one in self.times for part in self._between(one)]
        plain = [LATEST, *self.answers]
        plain += [name for one in self.times for name in (one.begun, one.ended, one.micros)]
        placed = [f"{_number_of(windows)} AS {quoted(WINDOW)}", *map(quoted, plain)]
        placed += map(quoted, self.kept)
        cell = [quoted(WINDOW), *map(quoted, plain[1:])]
        cell += [
            f"CASE WHEN {quoted(WINDOW)} IS NOT NULL THEN {quoted(name)} END AS {quoted(name)}"
            for name in self.kept
        ]
        by = ", ".join(str(place) for place in range(1, len(cell) + 1))
        # OFFSET 0 keeps the server from computing the same for every column that refers to it.
        return (
            f"SELECT {', '.join(cell)}, count(*) AS {quoted(NUMBER)}, "
            f"max({quoted(LATEST)}) AS {quoted(LATEST)} FROM (SELECT {', '.join(placed)} FROM "
            f"(SELECT {', '.join(read)} FROM ({self.relation}) AS relation"
            f"{self._condition(around)} OFFSET 0) AS read OFFSET 0) AS cases "
            f"GROUP BY {by} LIMIT {int(most)}"
        )

    def _comparable(self, name: str) -> str:
        """Texts compare letter by letter, whatever the collation of their column."""
        return f'{quoted(name)} COLLATE "C"' if self.types[name] in _TEXTS else quoted(name)

    def _wall(self, name: str) -> str:
        """A column of dates or times by the clock of the workspace."""
        if self.types[name] == _INSTANT:
            return f"({quoted(name)} AT TIME ZONE {literal(self.zone)})"
        return f"CAST({quoted(name)} AS timestamp)"

    def _instant(self, name: str) -> str:
        """A column as points in time; what clocks told twice is the first of both, as in Python."""
        if self.types[name] == _INSTANT:
            return quoted(name)
        zone, wall = literal(self.zone), self._wall(name)
        later = f"{wall} AT TIME ZONE {zone}"
        earlier = f"({later} - interval '1 hour')"
        return f"CASE WHEN {earlier} AT TIME ZONE {zone} = {wall} THEN {earlier} ELSE {later} END"

    def _between(self, one: Times) -> list[str]:
        """Real time from start to end, whatever the clocks were set to in between."""
        span = f"({self._instant(one.end)}) - ({self._instant(one.start)})"
        return [
            f"{quoted(one.start)} IS NOT NULL AS {quoted(one.begun)}",
            f"{quoted(one.end)} IS NOT NULL AS {quoted(one.ended)}",
            f"CAST(EXTRACT(EPOCH FROM {span}) * 1000000 AS bigint) AS {quoted(one.micros)}",
        ]

    def _condition(self, around: Window | None) -> str:
        if around is None:
            return ""
        name = quoted(self.at)
        first = around.start - timedelta(days=1)
        past = around.end + timedelta(days=2)
        return f" WHERE {name} IS NULL OR ({name} >= '{first}' AND {name} < '{past}')"


def cell_query(relation: str, types: Mapping[str, int], plan: CasePlan) -> CellQuery:
    """The query for what a plan reads.

    Raises:
        NotCountable: a column is of a type that has to be read row by row.
    """
    raw = Raw(dict.fromkeys(types), tuple(types), 0, "", None)
    at = raw.find(plan.roles["at"])
    if at is None or plan.zone is None:
        raise NotCountable(text("no column tells when a case was"))
    if plan.need_customer or plan.roles["customer"] in plan.kept.values():
        raise NotCountable(text("customers have to be told apart"))
    if plan.roles["stratum"] or plan.roles["population"]:
        raise NotCountable(text("it is a sample that was drawn by strata"))
    if plan.repeats:
        raise NotCountable(text("customers have to be told apart"))
    kept = [raw.find(candidates) for candidates in plan.kept.values()]
    answers = [raw.find(plan.roles["weight"])] + [raw.find(one.columns) for one in plan.indicators]
    found = tuple(dict.fromkeys(name for name in answers if name is not None))
    query = CellQuery(
        relation,
        types,
        at,
        plan.zone,
        tuple(dict.fromkeys(one for one in kept if one is not None and one not in found)),
        found,
        tuple(_times(raw, plan)),
    )
    _refuse_types(query)
    return query


def _times(raw: Raw, plan: CasePlan) -> list[Times]:
    found = []
    for number, one in enumerate(plan.indicators):
        if isinstance(one.measure, DurationMeasure):
            start, end = raw.find(one.start), raw.find(one.end)
            if start is not None and end is not None:
                found.append(Times(start, end, number))
    return found


def _refuse_types(query: CellQuery) -> None:
    if {NUMBER, LATEST, WINDOW, _WALL} & set(query.columns):
        raise NotCountable(text("two columns have the same name"))
    times = [query.at, *(name for one in query.times for name in (one.start, one.end))]
    for name in times:
        if query.types[name] not in {_DATE, _TIMESTAMP, _INSTANT}:
            raise NotCountable(text("column '{name}' holds no dates but texts", name=name))
    for name in query.columns:
        if query.types[name] not in _TEXTS | _PLAIN:
            raise NotCountable(text("column '{name}' has a type of its own", name=name))


def _number_of(windows: Sequence[Window]) -> str:
    cases = " ".join(
        f"WHEN {quoted(_WALL)} >= {_moment(one.first_instant)} "
        f"AND {quoted(_WALL)} < {_moment(one.past_instant)} THEN {number}"
        for number, one in enumerate(windows)
    )
    return f"CASE {cases} END"


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def _moment(moment: datetime) -> str:
    return f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'"
