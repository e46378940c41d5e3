"""Fields in quotes that hold whole rows: somewhere a quotation mark was not closed in time.

A second one, perhaps thousands of lines below, closes it; what lies between is then one field,
and the record has as many fields as it should. How many delimiters its lines have gives it away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: Line breaks from which a field is looked at: with one, it may well be a remark of two lines.
FEWEST = 2


def swallowing_rows(batch: Any, breaks: Any, delimiter: str) -> Iterator[int]:
    """Records of a batch of texts that have swallowed others.

    ``breaks``: array of the number of line breaks inside each record; the batch has all columns.
    """
    for row in (breaks >= FEWEST).nonzero()[0].tolist():
        fields = [column[row].as_py() for column in batch.columns]
        if any(holds_rows(field, at, len(fields), delimiter) for at, field in enumerate(fields)):
            yield row


def holds_rows(field: str, at: int, width: int, delimiter: str) -> bool:
    r"""Whether a field holds the end of a row, whole rows and the beginning of one, and no more.

    Args:
        at: position of the field in its record, from 0.
        width: number of fields of a record.

    >>> holds_rows("phone,2\n4,chat,5\n5,mail", at=1, width=3, delimiter=",")
    True
    >>> holds_rows("first of all\nthank you, really\nbye", at=1, width=3, delimiter=",")
    False
    """
    lines = field.split("\n")
    if len(lines) <= FEWEST or width < 3:
        return False
    first, *inside, last = (line.count(delimiter) for line in lines)
    return first == width - 1 - at and last == at and set(inside) == {width - 1}
