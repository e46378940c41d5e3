"""Calls that can't be answered, told in one sentence instead of an empty table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from loopqa.errors import DataError, Place, UsageError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.reading import Feed, Wanted
    from loopqa.evidence.tallying import Part
    from loopqa.model.cycle import Scope
    from loopqa.model.rubric import Rubric
    from loopqa.model.score import RejectedRow, Rows


def refuse_unknown_raters(feeds: Sequence[Feed], rubric: Rubric) -> None:
    """A rater that no indicator has would read nothing at all.

    Raises:
        UsageError: data was given for such a rater.
    """
    known = sorted({indicator.rater for _, indicator in rubric.indicators})
    for feed in feeds:
        if feed.rater is not None and feed.rater not in known:
            raise UsageError(
                text("rubric '{rubric}' has no rater '{name}'", rubric=rubric.id, name=feed.rater),
                hint=text("its raters are {names}", names=", ".join(known)),
            )


def refuse_unnamed_columns(feeds: Sequence[Feed], wanted: Wanted) -> None:
    """Dates and customers need a column that is named by the call, the workflow, or by chance.

    Raises:
        UsageError: it is needed and nobody names it.
    """
    for feed in feeds:
        if wanted.need_at and wanted.at is None and _nowhere("at", feed):
            raise UsageError(
                text("{name}: which column holds the date?", name=feed.name),
                hint=text("name it with --at COLUMN"),
            )
        if wanted.need_customer and wanted.customer is None and _nowhere("customer", feed):
            raise UsageError(
                text("{name}: which column identifies customers?", name=feed.name),
                hint=text("name it with --customer COLUMN"),
            )


def _nowhere(role: str, feed: Feed) -> bool:
    if role in feed.map:
        return False
    names = feed.source.columns()
    return names is not None and role not in names


def refuse_no_case(
    feeds: Sequence[Feed],
    parts: Sequence[Part],
    rows: Rows,
    rejected: Sequence[RejectedRow],
    condition: Scope,
) -> None:
    """Scores of no case at all would be a table of dashes.

    Raises:
        DataError: the files hold no row, none of them could be loaded, or none fits the condition.
    """
    if any(part.cases.n for part in parts):
        return
    if rows.loaded:
        wish = ", ".join(f"{column}={' or '.join(values)}" for column, values in condition)
        raise DataError(
            text("none of {n} cases has {condition}", n=rows.in_cases, condition=wish),
            hint=text("values are compared as text, as they stand in the file"),
        )
    if rejected:
        # What most rows fail on, not what happens to stand in the first of them.
        most = Counter((row.column, row.reason) for row in rejected).most_common(1)[0][0]
        first = next(row for row in rejected if (row.column, row.reason) == most)
        raise DataError(
            text(
                "none of {n} rows could be loaded; this one: {reason} ({value})",
                n=rows.read,
                reason=Text(first.reason, {"value": first.value}),
                value=first.value,
            ),
            place=Place(first.file, first.row, first.column),
        )
    raise DataError(
        text("there are no rows below the column names"),
        place=Place(", ".join(feed.name for feed in feeds)),
        hint=text("export it again, or take it out of the input"),
    )
