"""``derive``: columns made from others, each mistake in them with its own place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from loopqa.calc.scoring.answers import normalise
from loopqa.define.durations import CALENDAR, period
from loopqa.define.explaining import Notes
from loopqa.define.fields import Wrong, brief
from loopqa.define.fields import condition as read_condition
from loopqa.define.nodes import Path_
from loopqa.define.workflow_document import DerivePart, WorkflowPart
from loopqa.language import text
from loopqa.model.derived import AgeBand, Derived, NumberBand
from loopqa.model.rubric import Condition
from loopqa.model.workflow import ROLES

Band = AgeBand | NumberBand

USUAL_OTHERWISE = "other"
_SIGNS = {"≥": ">=", "≤": "<=", "＞": ">", "＜": "<"}
_AGE = re.compile(r"\s*(>=|<=|>|<|≥|≤|＞|＜)\s*(\d{1,5}\s*[A-Za-z]+)\s*")
#: mean lengths, to tell where bands of different units end; cases are told by the calendar
_MEAN_DAYS = {"day": 1.0, "week": 7.0, "month": 30.436875, "quarter": 91.310625, "year": 365.2425}


def derived_columns(part: WorkflowPart, notes: Notes) -> dict[str, Derived]:
    """The columns that a workflow derives; what is wrong with them is noted and left out."""
    found = {name: _derived(name, one, notes) for name, one in part.derive.items()}
    for name, one in part.derive.items():
        _check_name(name, one, part, notes)
    return {name: one for name, one in found.items() if one is not None}


def _check_name(name: str, one: DerivePart, part: WorkflowPart, notes: Notes) -> None:
    """A name stands for one thing, and is made from something that the data holds."""
    at = ("derive", name)
    if name in ROLES:
        message = text("'{name}' means something else in 'map'", name=name)
        notes.wrong(at, message, text("give the derived column another name"), key=True)
    for input_id, source in part.inputs.items():
        if name in source.map:
            message = text(
                "'{name}' is derived, and mapped by input {input}", name=name, input=input_id
            )
            notes.wrong(at, message, text("give the derived column another name"), key=True)
    if one.source in part.derive:
        message = text(
            "'{name}' is made from '{source}', which is derived itself",
            name=name,
            source=one.source,
        )
        notes.wrong((*at, "from"), message, text("name the column of the data that it comes from"))


def _derived(name: str, part: DerivePart, notes: Notes) -> Derived | None:
    at = ("derive", name)
    if (part.bands is None) == (part.values is None):
        message = text("a derived column has either 'bands' or 'values'")
        hint = text('such as bands: {{new: "<= 3 months", old: "> 12 months"}}')
        notes.wrong(at, message, hint, key=True)
        return None
    bands = _bands(part.bands or {}, (*at, "bands"), notes)
    if part.bands is not None and not bands:
        return None
    if part.dates is not None and "%" not in part.dates:
        notes.wrong(
            (*at, "dates"),
            text("'{dates}' is no date format", dates=part.dates),
            text('write it with % signs, such as "%d/%m/%Y %H:%M"'),
        )
    _check_bands(bands, at, notes, open_end=part.otherwise is None)
    return Derived(
        name,
        part.source,
        ages=tuple(one for one in bands if isinstance(one, AgeBand)),
        numbers=tuple(one for one in bands if isinstance(one, NumberBand)),
        values=_values(part.values or {}, (*at, "values"), notes),
        otherwise=normalise(part.otherwise or USUAL_OTHERWISE),
        missing=normalise(part.missing),
        dates=part.dates,
    )


def _bands(written: Mapping[str, str], at: Path_, notes: Notes) -> list[Band]:
    """The bands in order; none if one of them can't be read, or if they measure two things."""
    if not written:
        return []
    found: list[Band] = []
    for name, condition in written.items():
        try:
            found.append(_band(normalise(name), condition))
        except Wrong as wrong:
            notes.wrong((*at, name), wrong.message, wrong.hint)
    if len({type(one) for one in found}) > 1:
        message = text("these bands mix ages with plain numbers")
        notes.wrong(at, message, text("write all of them as lengths of time, or none"), key=True)
        return []
    return found if len(found) == len(written) else []


def _band(name: str, written: str) -> Band:
    age = _AGE.fullmatch(written)
    if age is not None:
        return AgeBand(name, _SIGNS.get(age[1], age[1]), period(age[2]))
    try:
        return NumberBand(name, read_condition(written))
    except Wrong:
        raise Wrong(
            text("expected a band, got '{value}'", value=brief(written)),
            text(
                'write a sign and a number, such as "<= 2", or an age such as "> 12 months" '
                "({units})",
                units=", ".join(f"{one}s" for one in CALENDAR),
            ),
        ) from None


def _values(written: Mapping[str, tuple[str, ...]], at: Path_, notes: Notes) -> dict[str, str]:
    """Normalised text → name; a text that two names claim is a mistake."""
    found: dict[str, str] = {}
    for name, texts in written.items():
        for one in map(normalise, texts):
            known = found.setdefault(one, normalise(name))
            if known != normalise(name):
                message = text("'{value}' belongs to '{first}' already", value=one, first=known)
                notes.wrong((*at, name), message)
    return found


def _check_bands(bands: list[Band], at: Path_, notes: Notes, *, open_end: bool) -> None:
    """Note bands that are never reached, values that two claim, and values that none takes."""
    if not bands:
        return
    conditions = [_as_condition(one) for one in bands]
    age = isinstance(bands[0], AgeBand)
    points = _points([one.value for one in conditions], least=0 if age else None)
    fits = [[at for at, one in enumerate(conditions) if one.holds(point)] for point in points]
    _unreached(bands, {one[0] for one in fits if one}, (*at, "bands"), notes)
    _contested(bands, conditions, fits, (*at, "bands"), notes)
    if open_end and [] in fits:
        message = text("values between or beyond these bands become '{name}'", name=USUAL_OTHERWISE)
        notes.warn(
            (*at, "bands"),
            message,
            text("say so with `otherwise: {name}`, or close the gap", name=USUAL_OTHERWISE),
        )


def _as_condition(band: Band) -> Condition:
    if isinstance(band, NumberBand):
        return band.condition
    days = band.length.count * _MEAN_DAYS[band.length.unit]
    return Condition(band.operator, round(days, 6))


def _points(cuts: list[float], least: float | None) -> list[float]:
    """Places on the number line where the answer can change: cuts, between and beyond."""
    ordered = sorted(set(cuts))
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    below = ordered[0] - 1 if least is None else (ordered[0] + least) / 2
    return [below, *sorted([*ordered, *between]), ordered[-1] + 1]


def _unreached(bands: list[Band], reached: set[int], at: Path_, notes: Notes) -> None:
    for position, one in enumerate(bands):
        if position not in reached:
            message = text(
                "band '{name}' ({condition}) is never reached: earlier bands take all its values",
                name=one.name,
                condition=str(one),
            )
            notes.wrong((*at, _key(at, position, notes)), message)


def _contested(
    bands: list[Band],
    conditions: list[Condition],
    fits: list[list[int]],
    at: Path_,
    notes: Notes,
) -> None:
    """Bands of one direction lie inside each other by nature; others that overlap surprise."""
    for first, second in sorted({(one[0], other) for one in fits for other in one[1:]}):
        if conditions[first].lower_is_better != conditions[second].lower_is_better:
            message = text(
                "bands '{first}' and '{second}' overlap; '{first}' takes what both claim",
                first=bands[first].name,
                second=bands[second].name,
            )
            notes.warn((*at, _key(at, second, notes)), message)


def _key(at: Path_, position: int, notes: Notes) -> str:
    return list(notes.document.find(at).entries or {})[position]
