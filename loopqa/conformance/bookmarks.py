"""What incremental sources keep to: records with an ``_id``, and bookmarks to go on from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from loopqa.conformance.checking import CannotTell, Check
from loopqa.conformance.rows import (
    ID,
    VERSION,
    Mark,
    Reading,
    Row,
    differing,
    latest,
    reading_of,
    said,
)
from loopqa.conformance.source_case import SourceCase, whole_reading
from loopqa.language import Text, text
from loopqa.plugin.source import ReadContext

#: A bookmark is written into the state with every landing; it says where, not what.
LARGEST = 1 << 16

#: That many bookmarks are gone on from: the first ones, the last ones, and some between.
FOLLOWED = 6


def incremental_reading(case: SourceCase) -> Reading:
    """A whole reading of a source that goes on from bookmarks.

    Raises:
        CannotTell: it does not.
    """
    if not case.made().goes_on():
        raise CannotTell(text("it is not read incrementally"))
    return whole_reading(case)


def bookmarks_only_where_it_goes_on(case: SourceCase) -> Iterator[Text]:
    """Bookmarks come from incremental sources, and from each of them."""
    goes_on = case.made().goes_on()
    reading = whole_reading(case)
    if reading.marks and not goes_on:
        yield text("it yields bookmarks, but is not incremental")
    if goes_on and reading.rows and not reading.marks:
        yield text("it is incremental, but yields no bookmark")


def names_its_records(case: SourceCase) -> Iterator[Text]:
    """Every row says which record it is, and either all have versions or none has."""
    rows = incremental_reading(case).rows
    without = sum(row.get(ID) is None for row in rows)
    if without:
        yield text("{n} of {total} rows have no _id", n=without, total=len(rows))
    if any(not isinstance(row.get(ID), (str, int, type(None))) for row in rows):
        yield text("an _id is neither text nor a whole number")
    versioned = sum(row.get(VERSION) is not None for row in rows)
    if versioned not in {0, len(rows)}:
        yield text("{n} of {total} rows have a _version", n=versioned, total=len(rows))
    yield from _changed_without_version(rows)


def _changed_without_version(rows: Sequence[Row]) -> Iterator[Text]:
    """The same record twice, with other values and the same version: the order would decide."""
    seen: dict[tuple[str, str], Row] = {}
    for row in rows:
        at = (str(row.get(ID)), str(row.get(VERSION)))
        before = seen.setdefault(at, row)
        if row.get(VERSION) is not None and any(differing([before], [row])):
            yield text("record {id} comes with other values under one _version", id=at[0])


def writes_bookmarks_as_json(case: SourceCase) -> Iterator[Text]:
    """Bookmarks are small JSON, read back as they were, and hold no secret."""
    marks = incremental_reading(case).marks
    secrets = [one for one in case.secrets() if one]
    for mark in marks:
        try:
            written = json.dumps(dict(mark.state), allow_nan=False)
        except (TypeError, ValueError) as error:
            yield text("a bookmark is no JSON: {why}", why=str(error))
            continue
        if json.loads(written) != mark.state:
            yield text("a bookmark is another one after JSON: {state}", state=written[:200])
        if len(written) > LARGEST:
            yield text("a bookmark has {n} characters", n=len(written))
        if any(one in written for one in secrets):
            yield text("a bookmark holds a secret")


def goes_on_from_each_bookmark(case: SourceCase) -> Iterator[Text]:
    """What came before a bookmark, and a reading that goes on from it, are all records."""
    whole = incremental_reading(case)
    everything = latest(whole.rows)
    for mark in _chosen(whole.marks):
        state = json.loads(json.dumps(dict(mark.state)))
        rest = reading_of(case.made(), ReadContext(state=state))
        if state != mark.state:
            yield text("reading on changes the bookmark it was given")
        together = latest([*whole.rows[: mark.rows_before], *rest.rows])
        for side, row in differing(everything, together):
            where = text("after a bookmark behind {n} rows", n=mark.rows_before)
            if side == "lacking":
                yield text("{where}, a row is lacking: {row}", where=where, row=said(row))
            else:
                yield text("{where}, a row is new or older: {row}", where=where, row=said(row))


def _chosen(marks: Sequence[Mark]) -> Sequence[Mark]:
    if len(marks) <= FOLLOWED:
        return marks
    step = (len(marks) - 1) / (FOLLOWED - 1)
    return [marks[round(number * step)] for number in range(FOLLOWED)]


def moves_on(case: SourceCase) -> Iterator[Text]:
    """Going on from the last bookmark does not read everything again."""
    whole = incremental_reading(case)
    if not whole.marks or len(whole.rows) < 3:
        raise CannotTell(text("there is too little to go on from"))
    state: Any = json.loads(json.dumps(dict(whole.marks[-1].state)))
    rest = reading_of(case.made(), ReadContext(state=state))
    if len(rest.rows) >= len(whole.rows):
        yield text("going on from the last bookmark reads all {n} rows again", n=len(rest.rows))


BOOKMARK_CHECKS = (
    Check(
        "bookmarks",
        text("bookmarks come from incremental sources, and from each of them"),
        bookmarks_only_where_it_goes_on,
    ),
    Check("records", text("every row says which record it is"), names_its_records),
    Check("json-bookmarks", text("bookmarks are small JSON"), writes_bookmarks_as_json),
    Check(
        "going-on",
        text("after each bookmark comes all that came after"),
        goes_on_from_each_bookmark,
    ),
    Check("moving-on", text("the last bookmark saves work"), moves_on),
)
