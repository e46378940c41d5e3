"""Drawing cases for review: a random order that any reviewer of the draw can recompute.

A case's key is SHA-256 of ``<seed>:<case>``, in hexadecimal. Within its stratum, the cases with the
smallest keys are drawn. So the order of rows, the engine and its version do not matter, and a case
that comes late displaces at most one that was drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.errors import DataError
from loopqa.evidence.backend import Backend
from loopqa.evidence.cases import Cases
from loopqa.evidence.dates import WALL
from loopqa.evidence.digest import table_digest
from loopqa.evidence.planning import kept_column
from loopqa.language import text
from loopqa.model.score import Rows

CASE, AT, STRATUM = "case", "at", "stratum"
POPULATION = "population"
#: Segments may be called key or position: the draw's own columns have a prefix.
KEY, POSITION = "draw:key", "draw:position"
WHOLE = "all"  #: the only stratum of a sample without strata
BLANK = "—"  #: what a stratum is called whose column is empty

_CASES, _QUOTAS = "sampling_cases", "sampling_quotas"
_WANTED, _SALT, _RANK = "draw:wanted", "draw:salt", "draw:rank"
_SIGN = " / "


@dataclass(frozen=True)
class Population:
    """The cases that can be drawn, each once."""

    table: Any  #: Arrow: case, at, stratum, and the columns that were to be kept
    unnumbered: int  #: rows without a case number, which can't be drawn
    repeated: int  #: rows that repeat the number of another case; the latest of them holds

    @property
    def sizes(self) -> dict[str, int]:
        """Cases by stratum."""
        counts = self.table.group_by(STRATUM).aggregate([(CASE, "count")]).to_pylist()
        return {one[STRATUM]: one[f"{CASE}_count"] for one in counts}

    def digest(self) -> str:
        """SHA-256 over the cases and their strata, whatever the order of rows."""
        return table_digest(self.table.select([CASE, STRATUM]))


def population_of(
    backend: Backend, cases: Cases, strata: Sequence[str], keep: Sequence[str] = ()
) -> Population:
    """The cases that can be drawn, with the columns ``keep``.

    Raises:
        DataError: no case has a number.
    """
    table = _plain(cases, strata, keep)
    if cases.n and not table.num_rows:
        raise DataError(
            text("no case has a number, so none can be drawn"),
            hint=text("say which column holds it: `map: {{case: ...}}` of the input"),
        )
    query = ("sampling", "population", tuple(table.column_names))
    once = backend.column({_CASES: table}, query, lambda: _each_once(table))
    return Population(once, cases.n - table.num_rows, table.num_rows - once.num_rows)


def _plain(cases: Cases, strata: Sequence[str], keep: Sequence[str]) -> Any:
    """The columns of the draw as texts, without rows that have no number."""
    named = dict.fromkeys((CASE, AT, *map(kept_column, (*strata, *keep))))
    table = cases.table.select(list(named))
    columns = {CASE: pc.cast(table.column(CASE), pa.string()), AT: table.column(AT).cast(WALL)}
    columns[STRATUM] = _labels(table, strata)
    for name in map(kept_column, keep):
        columns[name] = pc.cast(table.column(name), pa.string())
    numbered = pc.fill_null(pc.not_equal(columns[CASE], ""), False)
    return pa.table(columns).filter(numbered)


def _labels(table: Any, strata: Sequence[str]) -> Any:
    """What each case's stratum is called: its values in the order of the columns."""
    if not strata:
        return pa.array([WHOLE] * table.num_rows, pa.string())
    values = [pc.cast(table.column(kept_column(name)), pa.string()) for name in strata]
    filled = [pc.if_else(pc.equal(pc.fill_null(one, ""), ""), BLANK, one) for one in values]
    if len(filled) == 1:
        return filled[0]
    # "a / b" of one column must not read like "a" and "b" of two.
    single = [pc.replace_substring(one, _SIGN, _SIGN.strip()) for one in filled]
    return pc.binary_join_element_wise(*single, _SIGN)


def _each_once(table: Any) -> Any:
    cases = ibis.table(ibis.schema(_schema(table)), name=_CASES)
    others = [name for name in table.column_names if name not in (CASE, AT)]
    latest = ibis.window(
        group_by=CASE, order_by=[cases[AT].desc(), *(cases[name] for name in others)]
    )
    ranked = cases.mutate(**{_RANK: ibis.row_number().over(latest)})
    return ranked.filter(ranked[_RANK] == 0).drop(_RANK)


def _schema(table: Any) -> dict[str, str]:
    return {
        name: "timestamp(6)" if name == AT else "int64" if name == POPULATION else "string"
        for name in table.column_names
    }


def draw(backend: Backend, population: Population, quotas: Mapping[str, int], seed: int) -> Cases:
    """Draw without replacement, ``quotas[stratum]`` cases from each stratum.

    The drawn cases carry the population's columns and ``population`` (cases of the stratum),
    ``draw:key`` and ``draw:position`` (in the stratum, from 1), ordered by stratum and position.
    """
    table, sizes = population.table, population.sizes
    wishes = pa.table(
        {
            STRATUM: pa.array(list(quotas), pa.string()),
            POPULATION: pa.array([sizes[one] for one in quotas], pa.int64()),
            _WANTED: pa.array(list(quotas.values()), pa.int64()),
            _SALT: pa.array([f"{seed}:"] * len(quotas), pa.string()),
        }
    )
    query = ("sampling", "draw", tuple(table.column_names))
    tables = {_CASES: table, _QUOTAS: wishes}
    drawn = backend.column(tables, query, lambda: _drawn(table))
    return Cases(drawn, Rows(table.num_rows, drawn.num_rows, 0))


def _drawn(table: Any) -> Any:
    cases = ibis.table(ibis.schema(_schema(table)), name=_CASES)
    kinds = {STRATUM: "string", POPULATION: "int64", _WANTED: "int64", _SALT: "string"}
    wished = cases.join(ibis.table(ibis.schema(kinds), name=_QUOTAS), STRATUM)
    keyed = wished.mutate(**{KEY: (wished[_SALT] + wished[CASE]).hexdigest("sha256")})
    order = ibis.window(group_by=STRATUM, order_by=[keyed[KEY], keyed[CASE]])
    placed = keyed.mutate(**{POSITION: (ibis.row_number().over(order) + 1).cast("int64")})
    chosen = placed.filter(placed[POSITION] <= placed[_WANTED]).drop(_WANTED, _SALT)
    return chosen.order_by(STRATUM, POSITION)
