"""What a source yields, put into frames; runs in the plugin's process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from loopqa.language import Text, text
from loopqa.model.score import RejectedRow
from loopqa.plugin.isolation import wire
from loopqa.plugin.isolation.errors import Misbehaved
from loopqa.plugin.isolation.rows import NoColumn, Shaping, TooWide
from loopqa.plugin.source import Bookmark

if TYPE_CHECKING:
    from loopqa.plugin.isolation.child import Line

LONGEST = 20_000  #: characters of a rejected value; our side hides secrets before it cuts more off


class Sending:
    """The stream of one reading."""

    def __init__(self, line: Line, type_: str, wanted: frozenset[str] | None) -> None:
        self._line = line
        self._type = type_
        self._shaping = Shaping("", wanted)

    def take(self, item: Any) -> None:
        """Send one item that the source yielded.

        Raises:
            Misbehaved: it is none that a source may yield.
        """
        if isinstance(item, RejectedRow):
            self._shaping.seen += 1
            self._reject(item)
        elif isinstance(item, Bookmark):
            self._mark(item)
        elif isinstance(item, (list, pa.RecordBatch, pa.Table)):
            self._batch(item)
        else:
            raise self._error(
                text("source '{type}' yielded {kind}", type=self._type, kind=type(item).__name__)
            )

    def _batch(self, batch: Any) -> None:
        try:
            for piece in self._shaping.pieces(batch):
                if isinstance(piece, RejectedRow):
                    self._reject(piece)
                else:
                    self._line.send(wire.ROWS, _written(piece))
        except NoColumn as column:
            raise self._error(
                text(
                    "source '{type}' yielded {kind} in column '{column}'",
                    type=self._type,
                    kind=column.kind,
                    column=column.name,
                )
            ) from None
        except TooWide:
            raise self._error(
                text("source '{type}' yielded a row of more than 32 MB", type=self._type)
            ) from None
        except pa.ArrowInvalid:
            raise self._error(
                text("source '{type}' yielded a damaged Arrow batch", type=self._type)
            ) from None

    def _reject(self, row: RejectedRow) -> None:
        number = row.row if isinstance(row.row, int) and abs(row.row) < 2**63 else 0
        self._line.tell(
            {
                "rejected": [
                    _short(row.file),
                    number,
                    None if row.column is None else _short(row.column),
                    None if row.value is None else _short(row.value),
                    _short(row.reason),
                ]
            }
        )

    def _mark(self, bookmark: Bookmark) -> None:
        """Send a bookmark; the source goes on when our side has dealt with it, as in-process."""
        if not _is_state(bookmark.state):
            raise self._error(
                text("source '{type}' yielded a bookmark that is no JSON object", type=self._type)
            )
        self._line.tell({"bookmark": dict(bookmark.state)})
        self._line.wait()

    def _error(self, message: Text) -> Misbehaved:
        return Misbehaved(
            message,
            hint=text(
                "a source yields lists of rows (mappings of column names to text, numbers, dates "
                "and times), Arrow batches, Rejected and Bookmark"
            ),
        )


def _written(batch: pa.RecordBatch) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return memoryview(sink.getvalue())


def _short(value: object) -> str:
    return str(value)[:LONGEST]


def _is_state(state: object) -> bool:
    """Whether a bookmark's state comes back the same from JSON."""
    if not isinstance(state, Mapping):
        return False
    try:
        return bool(json.loads(json.dumps(dict(state), allow_nan=False)) == dict(state))
    except (TypeError, ValueError, RecursionError):
        return False
