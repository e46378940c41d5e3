"""Samples that were drawn by strata: which there are, how large, and whether that can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from loopqa.errors import DataError, Place
from loopqa.evidence.cases import Cases
from loopqa.evidence.spool import Made, changed
from loopqa.language import text
from loopqa.model.tally import STRATUM, StratumSize


@dataclass(frozen=True)
class Part:
    """The cases of one input in one window."""

    window: str  #: label, as it will stand in the tally
    rater: str | None  #: whose indicators are counted; None: all that the cases have
    cases: Cases

    @property
    def stratified(self) -> bool:
        """Whether the cases carry the strata they were drawn from."""
        return "population" in self.cases.table.column_names

    def raters(self, rater_of: Mapping[str, str]) -> frozenset[str]:
        """Whose indicators the cases have; ``rater_of``: rater by indicator."""
        known = {rater_of[key] for key in self.cases.indicators if key in rater_of}
        return frozenset(one for one in known if self.rater in (None, one))


def dimension_of(key: str) -> str:
    """The dimension of an indicator key."""
    return key.partition(".")[0]


def strata_of(parts: Sequence[Part], rater_of: Mapping[str, str]) -> tuple[StratumSize, ...]:
    """The strata of every rater's sample in every window, sorted; none where no part has any.

    Raises:
        DataError: a stratum has two sizes in one window, or more cases were drawn from it than it
            has; or a rater's answers on one dimension come with strata in one input and without in
            another.
    """
    samples: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        for rater in sorted(part.raters(rater_of)):
            if part.cases.n:
                samples.setdefault((part.window, rater), []).append(part)
    sizes: list[StratumSize] = []
    for (window, rater), several in sorted(samples.items()):
        if any(part.stratified for part in several):
            _refuse_mixed(several, rater, rater_of)
            drawn = [part for part in several if part.stratified]
            sizes += [StratumSize(window, rater, *one) for one in _sizes(drawn)]
    return tuple(sizes)


def with_strata(parts: Sequence[Part]) -> list[Part]:
    """The parts with their strata as a column that can be counted by; "" where there are none."""
    return [replace(part, cases=replace(part.cases, table=_labelled(part))) for part in parts]


def _labelled(part: Part) -> Any:
    known = part.stratified
    step = Made(STRATUM, frozenset({"stratum" if known else "row"}), _strata if known else _none)
    return changed(part.cases.table, step)


def _strata(table: Any) -> Any:
    return table.column("stratum")


def _none(table: Any) -> Any:
    return pa.array([""] * table.num_rows, pa.string())  # typed also where there is no row


def _refuse_mixed(several: Sequence[Part], rater: str, rater_of: Mapping[str, str]) -> None:
    """Answers with and without strata can't be added up, so they must not share a dimension."""

    def answered(*, stratified: bool) -> set[str]:
        parts = [part for part in several if part.stratified is stratified]
        keys = {key for part in parts for key in part.cases.indicators}
        return {dimension_of(key) for key in keys if rater_of.get(key) == rater}

    shared = answered(stratified=True) & answered(stratified=False)
    if shared:
        raise DataError(
            text(
                "some inputs of rater '{rater}' have strata and some have none, and both answer "
                "'{dimension}'",
                rater=rater,
                dimension=min(shared),
            ),
            hint=text(
                "map stratum and population in all of them, or in none, or give one of them a "
                "rater of its own"
            ),
        )


def _sizes(parts: Sequence[Part]) -> list[tuple[str, int]]:
    """(stratum, population) of one rater's sample in one window."""
    wanted = ["stratum", "population", "file", "row"]
    table = pa.concat_tables([_plain(part.cases.table.select(wanted)) for part in parts])
    grouped = table.group_by("stratum").aggregate(
        [("population", "min"), ("population", "max"), ("row", "count")]
    )
    found = sorted(grouped.select(["stratum", *grouped.column_names[-3:]]).to_pylist(), key=_name)
    for one in found:
        if one["population_min"] != one["population_max"]:
            raise _two_sizes(table, one)
        if one["row_count"] > one["population_min"]:
            raise _too_many(table, one)
    return [(one["stratum"], one["population_min"]) for one in found]


def _plain(table: Any) -> Any:
    """Texts of several files can't be stacked while they are coded by dictionaries of their own."""
    texts = {name: pc.cast(table.column(name), pa.string()) for name in ("stratum", "file")}
    numbers = {name: table.column(name) for name in ("population", "row")}
    return pa.table({**texts, **numbers})


def _name(one: Mapping[str, Any]) -> str:
    return str(one["stratum"])


def _two_sizes(table: Any, one: Mapping[str, Any]) -> DataError:
    rows = table.filter(pc.equal(table.column("stratum"), one["stratum"])).to_pylist()
    other = next(row for row in rows if row["population"] != rows[0]["population"])
    return DataError(
        text(
            "stratum '{stratum}' has {other} cases here and {first} in row {row}",
            stratum=one["stratum"],
            other=other["population"],
            first=rows[0]["population"],
            row=rows[0]["row"],
        ),
        place=Place(other["file"], other["row"], "population"),
        hint=text("give one size per stratum and window, or let the stratum name the period, too"),
    )


def _too_many(table: Any, one: Mapping[str, Any]) -> DataError:
    rows = table.filter(pc.equal(table.column("stratum"), one["stratum"])).to_pylist()
    first_too_many = rows[one["population_min"]]
    return DataError(
        text(
            "{n} rows were drawn from stratum '{stratum}', which has {population} cases",
            n=one["row_count"],
            stratum=one["stratum"],
            population=one["population_min"],
        ),
        place=Place(first_too_many["file"], first_too_many["row"], "population"),
        hint=text("population is how many cases the stratum has in this window, drawn or not"),
    )
