"""Comparisons where lots decided who begins: clusters with the action against those without."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from loopqa.calc.question.request import DrawnStarts, Request
from loopqa.calc.scoring.answers import normalise
from loopqa.errors import DataError, UsageError
from loopqa.evidence.tallying import Part
from loopqa.language import text
from loopqa.model.cycle import Scope
from loopqa.model.verdict import Flagged
from loopqa.model.window import Window


def by_lots(
    parts: Sequence[Part], request: Request, drawn: DrawnStarts
) -> tuple[list[Part], Request]:
    """Cut the parts to the clusters that took part, and set them against each other.

    Those with the action in the follow-up window become the scope, the others the comparison.
    """
    taking_part: Scope = (*request.scope, (drawn.column, tuple(sorted(drawn.starts))))
    inside = [replace(part, cases=part.cases.where(taking_part)) for part in parts]
    asked = replace(
        request,
        scope=((drawn.column, drawn.having(request.after)),),
        comparison=True,
        flagged=Flagged.NAMED.value,
        exclude=(),
        cluster=(drawn.column,),
        drawn=drawn,
    )
    return inside, asked


def drawn_starts(said: Any, windows: Mapping[str, Window | None]) -> DrawnStarts:
    """A roll-out as a person gives it: ``{"team": {"T1": "2026-03-01", "T2": None}}``, or a CSV.

    The file has two columns: clusters, under the name of their column in the data, and the first
    day of each; no day means held out.

    Raises:
        DataError: the file can't be read.
        UsageError: it is something else, holds no days, or a window is not given as dates.
    """
    column, starts = _of_file(Path(said)) if isinstance(said, (str, Path)) else _of_mapping(said)
    dated = {label: window for label, window in windows.items() if window is not None}
    if len(dated) < len(windows):
        raise UsageError(
            text("a roll-out can only be judged in windows that are given as dates"),
            hint=text("write windows like 2026-03-01..2026-03-31 and name the date column"),
        )
    if len(set(starts.values())) < 2:
        raise UsageError(
            text("all clusters of the roll-out begin on the same day"),
            hint=text("some have to begin later, or never: leave their day empty"),
        )
    return DrawnStarts(column, starts, dated)


def _of_mapping(said: Any) -> tuple[str, dict[str, date | None]]:
    if not isinstance(said, Mapping) or len(said) != 1:
        raise UsageError(
            text("a roll-out is one column with the first day of each of its values"),
            hint=text(
                "write a column with its clusters, such as {example}",
                example='{"team": {"T1": "2026-03-01", "T2": None}}',
            ),
        )
    ((column, starts),) = said.items()
    return str(column), {normalise(str(one)): _day(day) for one, day in dict(starts).items()}


def _of_file(path: Path) -> tuple[str, dict[str, date | None]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = error.strerror if isinstance(error, OSError) else text("it is no CSV file in UTF-8")
        raise DataError(
            text("can't read the roll-out '{path}': {error}", path=str(path), error=said or ""),
            hint=text("write a heading such as team,start, and a line for each team"),
        ) from None
    if len(rows) < 2 or any(len(row) != 2 for row in rows):
        raise DataError(
            text("the roll-out '{path}' has not two columns", path=str(path)),
            hint=text("write a heading such as team,start, and a line for each team"),
        )
    names = [normalise(cluster) for cluster, _ in rows[1:]]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise DataError(
            text("the roll-out names {names} twice", names=", ".join(twins)),
            hint=text("each has one first day"),
        )
    days = [_day(start) for _, start in rows[1:]]
    return rows[0][0].strip(), dict(zip(names, days, strict=True))


def _day(written: Any) -> date | None:
    if written is None or (isinstance(written, str) and not written.strip()):
        return None
    if isinstance(written, date):
        return written
    try:
        return date.fromisoformat(str(written).strip())
    except ValueError:
        raise UsageError(
            text("'{value}' is no day", value=str(written)), hint=text("write it like 2026-11-22")
        ) from None
