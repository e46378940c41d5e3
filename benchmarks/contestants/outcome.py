"""What every contestant has to find out, and a digest by which their answers are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from contestants.cases import KEY

Row = tuple[Any, ...]

MISSING, NOT_APPLICABLE = -1, -2  #: instead of a level

PERMUTATION = 2_654_435_761, 104_729, 2**32  #: row number -> place in the draw, for the sample


@dataclass
class Outcome:
    """Rows of plain texts and whole numbers; their order does not matter.

    ``group`` stands for month, channel, region, team; scores are hundredths.
    """

    rows: int = 0
    levels: Iterable[Row] = ()  #: (group, question, level or state, n)
    minutes: Iterable[Row] = ()  #: (group, n, sum, sum of squares) of the closed cases
    composite: Iterable[Row] = ()  #: (group, n, sum, sum of squares)
    slices: Iterable[Row] = ()  #: (columns, values, dimension, n, sum, sum of squares), last month
    cross: Iterable[Row] = ()  #: (score or None for each dimension, n) in the last month
    pairs: Iterable[Row] = ()  #: (dimension, channel, region, team, latest before, after, n)
    pair_sums: Iterable[Row] = ()  #: (dimension, channel, region, team, n, means and squares)
    sample: Row = ()  #: (cases, sum of row numbers, digest of their pseudonyms)
    pseudonyms: Row = ()  #: (sum of the first 4 bytes of every row's, rows that have one)
    more: dict[str, float] = field(default_factory=dict)  #: seconds of the parts, for the curious

    def digests(self) -> dict[str, str]:
        """A short digest of every part."""
        parts = {name: value for name, value in vars(self).items() if name != "more"}
        return {name: _digest(value) for name, value in parts.items()}


def _digest(value: Any) -> str:
    if not isinstance(value, (int, tuple)):
        value = sorted(map(_plain, value), key=repr)
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


def _plain(row: Row) -> Row:
    return tuple(
        one.item() if isinstance(one, np.generic) else int(one) if isinstance(one, float) else one
        for one in row
    )


def signer() -> Callable[[str], bytes]:
    """HMAC-SHA256 of a customer id, cut to 16 bytes, with the key's blocks hashed once."""
    padded = KEY.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def sign(identity: str) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(identity.encode())
        second.update(first.digest())
        return second.digest()[:16]

    return sign
