"""Columns of text, normalised once per distinct value."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.calc.scoring.answers import normalise

#: Plain ASCII words and whole numbers are their own normal form ...
_PLAIN = r"^[!-~]+(?: [!-~]+)*$"
#: ... but decimals may have zeros to lose.
_DECIMAL = r"^-?[0-9]+\.[0-9]+$"

_BLANK, _POINT, _DELETE = b" .\x7f"

_FEW = 64  #: below this many distinct values, Python is faster than two regular expressions


@dataclass(frozen=True)
class Texts:
    """A column of normalised text: ``values[codes[row]]``; a null is the empty text."""

    codes: Any  #: numpy int32, one per row
    values: list[str]  #: distinct

    def __len__(self) -> int:
        return len(self.codes)

    def where(self, mask: Any) -> Texts:
        """The rows for which the numpy mask is true."""
        return Texts(self.codes[mask], self.values)

    def without(self, marks: frozenset[str]) -> Texts:
        """The same column, in which texts that mean "nothing" are the empty text."""
        if marks.isdisjoint(self.values):
            return self
        position: dict[str, int] = {}
        moved = [
            position.setdefault("" if value in marks else value, len(position))
            for value in self.values
        ]
        return Texts(np.array(moved, dtype=np.int32)[self.codes], list(position))

    def flags(self, flagged: list[bool]) -> Any:
        """A flag per row (numpy) from a flag per distinct value."""
        return np.array(flagged, dtype=bool)[self.codes] if self.values else _nothing(len(self))

    def dictionary(self) -> Any:
        """As an Arrow dictionary array."""
        return pa.DictionaryArray.from_arrays(
            pa.array(self.codes, pa.int32()), pa.array(self.values, pa.string())
        )

    def strings(self) -> Any:
        """As an Arrow string array with null for the empty text."""
        values = pa.array([value or None for value in self.values], pa.string())
        return values.take(pa.array(self.codes, pa.int32()))


def _nothing(length: int) -> Any:
    return np.zeros(length, dtype=bool)


def blank(length: int) -> Texts:
    """A column without any value."""
    return Texts(np.zeros(length, dtype=np.int32), [""])


def texts_of(column: Any) -> Texts:
    """Normalise an Arrow array of any type."""
    encoded = _encoded(column)
    distinct = encoded.dictionary
    codes = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    normal = _normalised(distinct)
    if len(set(normal)) == len(normal) and (not encoded.null_count or "" not in normal):
        return Texts(codes, [*normal, ""] if encoded.null_count else normal)
    position: dict[str, int] = {}
    moved = np.empty(len(distinct) + 1, dtype=np.int32)
    for index, value in enumerate(normal):
        moved[index] = position.setdefault(value, len(position))
    if encoded.null_count:
        moved[-1] = position.setdefault("", len(position))
    return Texts(moved[codes], list(position))


def _encoded(column: Any) -> Any:
    """A dictionary array of texts; of whole numbers, each distinct one is written once."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_integer(array.type):
        return as_strings(array).dictionary_encode()
    coded = array.dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(pa.string()))


def _normalised(distinct: Any) -> list[str]:
    raw: list[str] = distinct.to_pylist()
    if len(raw) < _FEW:
        return [normalise(value) for value in raw]
    plain = _is_normal(distinct)
    if pc.all(plain).as_py():
        return raw
    return [
        value if fine else normalise(value)
        for value, fine in zip(raw, plain.to_pylist(), strict=True)
    ]


def normal_strings(column: Any) -> Any:
    """A column of identities as an Arrow string array of normalised texts; null where blank."""
    array = as_strings(column)
    if pc.all(_is_normal(array)).as_py():
        return array
    return texts_of(array).strings()


def normal_codes(column: Any) -> Any:
    """A column of many different texts as an Arrow dictionary array of normalised ones.

    Where all are in their normal form already, none of them becomes a Python object.
    """
    encoded = as_strings(column).dictionary_encode()
    distinct = encoded.dictionary
    if pc.all(pc.or_(_is_normal(distinct), pc.equal(distinct, ""))).as_py():
        return encoded
    return texts_of(column).dictionary()


def _is_normal(array: Any) -> Any:
    if _only_signs(array):
        return pc.greater(pc.binary_length(array), 0)
    return pc.and_not(
        pc.match_substring_regex(array, _PLAIN), pc.match_substring_regex(array, _DECIMAL)
    )


def _only_signs(array: Any) -> bool:
    """Whether the texts hold visible ASCII signs and nothing else, and no decimal point."""
    _, offsets, written = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    if not len(ends) or written is None:
        return False
    signs = np.frombuffer(written, np.uint8)[ends[0] : ends[-1]]
    return not bool(((signs <= _BLANK) | (signs >= _DELETE) | (signs == _POINT)).any())


def as_strings(column: Any) -> Any:
    """An Arrow array of any type as one string array; NaN becomes null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), kind.value_type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_floating(kind):
        return _of_floats(array)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return pa.array(
            [None if v is None else _text_of(v) for v in array.to_pylist()], pa.string()
        )
    if pa.types.is_duration(kind):  # never a plain number: 5 seconds are no score of 5
        counts = array.cast(pa.int64()).cast(pa.string())
        return pc.binary_join_element_wise(counts, kind.unit, " ")
    return array.cast(pa.string())


def _of_floats(array: Any) -> Any:
    """Decimal text without exponents, so that a number reads the same from every file format."""
    encoded = array.cast(pa.float64()).dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    texts = [None if math.isnan(value) else decimal_text(value) for value in distinct]
    return pa.array(texts, pa.string()).take(encoded.indices)


def decimal_text(number: float) -> str:
    """The shortest decimal text of a number, whole numbers without a point.

    >>> [decimal_text(number) for number in (5.0, 0.1, 1e-05)]
    ['5', '0.1', '0.00001']
    """
    written = repr(number)
    if "e" in written:
        written = f"{number:.20f}".rstrip("0")
    return re.sub(r"\.0*$", "", written)


def _text_of(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
