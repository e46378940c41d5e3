"""What is to be read from an input: which columns, for which purpose, checked against what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from loopqa.errors import UsageError
from loopqa.evidence.deriving import Derivation
from loopqa.hints import did_you_mean
from loopqa.language import text
from loopqa.model.coding import Coding, Scheme
from loopqa.model.derived import Derived
from loopqa.model.rubric import (
    ColumnMeasure,
    Dimension,
    DurationMeasure,
    Indicator,
    Measure,
    RepeatMeasure,
    Rubric,
    indicator_key,
)

#: Names that the case table uses itself; a kept column of such a name gets a prefix.
RESERVED = frozenset(
    {"row", "file", "at", "customer", "case", "comment", "weight", "stratum", "population"}
)

INDICATOR_PREFIX = "i:"
KEPT_PREFIX = "k:"
KNOWN_PREFIX = "known:"  #: of columns that say since when (instant) an indicator's value is known


def indicator_column(key: str) -> str:
    """Column of the case table with the raw value of the indicator ``dimension.indicator``."""
    return INDICATOR_PREFIX + key


def kept_column(name: str) -> str:
    """Column of the case table that holds a segment, cluster or condition column of ours."""
    return KEPT_PREFIX + name if name in RESERVED else name


@dataclass(frozen=True)
class Planned:
    """One indicator to be read: its measure, its coding and the source columns it may be in."""

    key: str  #: dimension.indicator
    measure: Measure
    coding: Coding
    columns: tuple[str, ...] = ()  #: candidates, first present wins; for who is who, in a repeat
    start: tuple[str, ...] = ()  #: candidates of the start time, of a duration or a repeat
    end: tuple[str, ...] = ()  #: of a duration


@dataclass(frozen=True)
class CasePlan:
    """Everything ``ingest`` has to know about an input."""

    indicators: tuple[Planned, ...]
    kept: Mapping[str, tuple[str, ...]]  #: our name -> candidate source columns
    roles: Mapping[str, tuple[str, ...]]  #: at, customer, weight ... -> candidates
    dates: str | None = None
    zone: str | None = None  #: whose wall time cases carry; None: each as it is written
    need_at: bool = False
    need_customer: bool = False
    need_case: bool = False
    one_of_several: bool = False  #: columns absent here may be in the rater's other inputs
    missing: frozenset[str] = frozenset()  #: normalised texts that stand for an empty cell
    day: date | None = None  #: of all cases, where no column tells it
    pseudonymous: bool = False  #: customers are pseudonyms already, in hexadecimal digits

    @property
    def repeats(self) -> Mapping[str, Planned]:
        """The indicators that need all cases of the input, by key."""
        return {one.key: one for one in self.indicators if isinstance(one.measure, RepeatMeasure)}

    @property
    def no_times(self) -> frozenset[str]:
        """Texts that stand for no time where durations and repeats are read."""
        marks = (getattr(one.measure, "missing", None) for one in self.indicators if one.start)
        return frozenset().union(*(one for one in marks if one))

    derived: tuple[Derivation, ...] = ()
    elsewhere: frozenset[str] = frozenset()  #: kept columns that another input may have instead

    @property
    def needed(self) -> frozenset[str]:
        """The roles whose column must be there."""
        timed = self.need_at or any(one.rule.is_age for one in self.derived)
        at = timed and self.day is None
        wishes = (("at", at), ("customer", self.need_customer), ("case", self.need_case))
        always = ("weight", "stratum", "population")
        return frozenset((*(role for role, needed in wishes if needed), *always))

    @property
    def columns(self) -> frozenset[str]:
        """All source columns that may be read, for ``ReadContext.columns``."""
        found: set[str] = set()
        for one in self.indicators:
            found.update(one.columns, one.start, one.end)
        sources = (one.columns for one in self.derived)
        for candidates in (*self.kept.values(), *self.roles.values(), *sources):
            found.update(candidates)
        return frozenset(found)


def plan_cases(
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    *,
    rater: str | None,
    input_map: Mapping[str, tuple[str, ...]],
    keep: Sequence[str],
    dates: str | None,
    zone: str | None,
    need_at: bool,
    need_customer: bool,
    at: str | None = None,
    customer: str | None = None,
    case: str | None = None,
    overrides: Mapping[str, str] | None = None,
    input_id: str | None = None,
    one_of_several: bool = False,
    missing: frozenset[str] | None = None,
    day: date | None = None,
    derive: Mapping[str, Derived] | None = None,
    beside_others: bool = False,
) -> CasePlan:
    """Plan the reading of one input.

    Args:
        rater: whose indicators the input serves; None: every rater's.
        input_map: our name -> source columns, as the workflow's ``map`` says.
        keep: segment, cluster and condition columns by our name; those that the rubric's ``when``
            names come by themselves.
        dates: strptime format of all dates; None: ISO 8601 and unambiguous forms.
        zone: time zone of the workspace, whose wall time cases carry; None: dates as written.
        need_at: windows will be cut, so a case without a time is rejected.
        at: the date column (ours or the source's), where the map does not say or should not.
        case: the same for the number of the case.
        overrides: indicator or dimension -> source column.
        input_id: leaves out indicators that are bound (``from:``) to another input.
        one_of_several: the rater has other inputs; what this one lacks is looked for there.
        missing: normalised texts that stand for an empty cell anywhere in the input.
        day: of all cases, where neither the map nor ``at`` names a column of dates.
        derive: how kept columns are made that the input does not hold as such.
        beside_others: there are other inputs, of any rater; ``keep`` may be in one of them only.

    Raises:
        UsageError: an override names nothing in the rubric, or something without a column.
    """
    named = _overridden(rubric, overrides or {})
    chosen = [
        (dimension, indicator)
        for dimension, indicator in rubric.indicators
        if rater in (None, indicator.rater)
        and (input_id is None or indicator.input in (None, input_id))
    ]
    conditions = [one.column for _, indicator in chosen for one in indicator.when]
    # Who came back after a case is told by the times of the others.
    need_at = need_at or any(isinstance(i.measure, RepeatMeasure) for _, i in chosen)
    columns = dict.fromkeys((*keep, *conditions))
    rules = [rule for name, rule in (derive or {}).items() if name in columns]
    ages = any(rule.is_age for rule in rules)
    return CasePlan(
        indicators=tuple(_planned(d, i, schemes, input_map, named) for d, i in chosen),
        kept={name: input_map.get(name, (name,)) for name in columns if name not in (derive or {})},
        roles={
            "at": _role("at", at, input_map, wanted=(need_at or ages) and day is None),
            "customer": _role("customer", customer, input_map, wanted=need_customer),
            "case": _role("case", case, input_map),
            "comment": _role("comment", None, input_map),
            "weight": _role("weight", None, input_map),
            **{role: _role(role, None, input_map) for role in ("stratum", "population")},
        },
        dates=dates,
        zone=zone,
        need_at=need_at,
        need_customer=need_customer,
        need_case=case is not None,
        one_of_several=one_of_several,
        missing=missing or frozenset(),
        day=day,
        derived=tuple(Derivation(one, input_map.get(one.source, (one.source,))) for one in rules),
        elsewhere=frozenset(keep) - set(conditions) if beside_others else frozenset(),
    )


def _role(
    role: str, named: str | None, input_map: Mapping[str, tuple[str, ...]], *, wanted: bool = False
) -> tuple[str, ...]:
    if named is not None:
        return input_map.get(named, (named,))
    return input_map.get(role, (role,) if wanted else ())


def _planned(
    dimension: Dimension,
    indicator: Indicator,
    schemes: Mapping[str, Scheme],
    input_map: Mapping[str, tuple[str, ...]],
    named: Mapping[str, str],
) -> Planned:
    key = indicator_key(dimension, indicator)
    coding = schemes[key].code()
    measure: Measure = indicator.measure
    if isinstance(measure, RepeatMeasure):
        return Planned(
            key,
            measure,
            coding,
            columns=input_map.get(measure.by, (measure.by,)),
            start=input_map.get(measure.after, (measure.after,)),
        )
    if isinstance(measure, DurationMeasure):
        start = input_map.get(measure.start, (measure.start,))
        return Planned(
            key, measure, coding, start=start, end=input_map.get(measure.end, (measure.end,))
        )
    if key in named:
        return Planned(key, measure, coding, columns=(named[key],))
    columns = [found for one in measure.columns for found in input_map.get(one, (one,))]
    return Planned(key, measure, coding, columns=tuple(dict.fromkeys(columns)))


def _overridden(rubric: Rubric, overrides: Mapping[str, str]) -> dict[str, str]:
    """Indicator key -> source column, of overrides that name indicators or dimensions."""
    return {_override_key(rubric, name): column for name, column in overrides.items()}


def _override_key(rubric: Rubric, name: str) -> str:
    matches = [
        (dimension, indicator)
        for dimension, indicator in rubric.indicators
        if name in (indicator_key(dimension, indicator), dimension.id, indicator.id)
    ]
    exact = [pair for pair in matches if name == indicator_key(*pair)]
    matches = exact or [pair for pair in matches if name == pair[0].id] or matches
    if len(matches) != 1:
        raise _no_single(rubric, name, matches)
    dimension, indicator = matches[0]
    if not isinstance(indicator.measure, ColumnMeasure):
        raise UsageError(
            text("indicator {key} is not read from one column", key=indicator_key(*matches[0])),
            hint=text("map the columns of its times in a workflow"),
        )
    return indicator_key(dimension, indicator)


def _no_single(
    rubric: Rubric, name: str, matches: Sequence[tuple[Dimension, Indicator]]
) -> UsageError:
    known = [indicator_key(*pair) for pair in (matches or rubric.indicators)]
    if matches:
        return UsageError(
            text("'{name}' has more than one indicator", name=name),
            hint=text("name one of {names}", names=", ".join(known)),
        )
    return UsageError(
        text("rubric '{rubric}' has no indicator '{name}'", rubric=rubric.id, name=name),
        hint=did_you_mean(name, [*known, *(one.id for one in rubric.dimensions)])
        or text("name one of {names}", names=", ".join(known)),
    )
