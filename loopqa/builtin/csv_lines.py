"""Which line of a text file each record begins in, though records and lines are not the same.

A field in quotes may hold line breaks, blank lines are no records, and records with a wrong number
of fields never reach a batch. Records are numbered from 1 with the lines of the header, as pyarrow
numbers them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ragged:
    """A record with more or fewer fields than the header."""

    number: int  #: of the record
    fields: int
    expected: int
    line_breaks: int  #: inside the record


@dataclass
class RecordLines:
    """Follows the records of a file in their order and tells their lines."""

    record: int  #: number of the next record
    line: int  #: line in which it begins, blank lines before it not counted
    blank_lines: Sequence[int] = ()  #: numbers of blank lines, ascending
    ragged: dict[int, Ragged] = field(default_factory=dict)  #: seen by the parser, not yet passed

    def __post_init__(self) -> None:
        self.blank_lines = [line for line in self.blank_lines if line >= self.line]

    def of_batch(self, line_breaks: Any) -> tuple[Any, tuple[tuple[int, Ragged], ...]]:
        """Lines of the records of a batch, and of the ragged ones before and between them.

        ``line_breaks``: array of the number of line breaks inside each record of the batch.
        """
        import numpy as np  # noqa: PLC0415 - heavy

        numbers = list(self._ragged_among(len(line_breaks)))
        total = len(line_breaks) + len(numbers)
        is_ragged = np.zeros(total, bool)
        is_ragged[np.array(numbers, np.int64) - self.record] = True
        spans = np.ones(total, np.int64)
        spans[~is_ragged] += line_breaks
        spans[is_ragged] += np.array([self.ragged[at].line_breaks for at in numbers], np.int64)
        lines = self._lines(spans)
        passed = zip(lines[is_ragged].tolist(), numbers, strict=True)
        rejected = tuple((line, self.ragged.pop(number)) for line, number in passed)
        return lines[~is_ragged], rejected

    def rest(self) -> tuple[tuple[int, Ragged], ...]:
        """The ragged records after the last batch, with their lines."""
        import numpy as np  # noqa: PLC0415 - heavy

        return self.of_batch(np.zeros(0, np.int64))[1] if self.ragged else ()

    def _ragged_among(self, whole: int) -> Iterator[int]:
        """Numbers of the ragged records up to the last of the next ``whole`` sound ones."""
        end = self.record + whole
        for number in sorted(self.ragged):
            if number > end or (number == end and whole):
                return
            end += 1
            yield number

    def _skipped(self, lines: Any) -> Any:
        """How many blank lines stand right before each record; those in quotes are part of one.

        ``lines``: where the records would begin if there were none.
        """
        import numpy as np  # noqa: PLC0415 - heavy

        starts, skipped = lines.tolist(), np.zeros(len(lines), np.int64)
        passed = shift = 0
        for blank in self.blank_lines:
            at = bisect_left(starts, blank - shift)
            if at == len(starts):
                break
            passed += 1
            if starts[at] + shift == blank:
                skipped[at] += 1
                shift += 1
        self.blank_lines = self.blank_lines[passed:]
        return skipped

    def _lines(self, spans: Any) -> Any:
        import numpy as np  # noqa: PLC0415 - heavy

        if not len(spans):
            return spans
        lines = self.line + np.concatenate(([0], np.cumsum(spans)[:-1]))
        if self.blank_lines:
            lines += np.cumsum(self._skipped(lines))
        self.record += len(spans)
        self.line = int(lines[-1] + spans[-1])
        return lines
