"""Pseudonyms of customers who came in earlier pages, so that regulars are not hashed every time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.keys import PSEUDONYM_BYTES, in_pieces

MOST = 500_000  #: customers; to look somebody up among more costs as much as to hash again

_NOBODY = pa.array([], pa.string()), pa.array([], pa.binary(PSEUDONYM_BYTES))


class Acquaintances:
    """Makes pseudonyms of distinct identities, page after page, and remembers up to ``MOST``."""

    def __init__(self, make: Callable[[list[str]], Any]) -> None:
        """``make`` hashes identities."""
        self._make = make
        self._full = False
        self._identities, self._pseudonyms = _NOBODY

    def pseudonyms(self, identities: Any) -> Any:
        """As :func:`loopqa.evidence.keys.in_pieces`, of an Arrow array of distinct texts."""
        if self._full:
            return in_pieces(identities, self._make)
        at = pc.index_in(identities, value_set=self._identities)
        new = at.is_null()
        strangers = identities.filter(new)
        places = at.fill_null(0).to_numpy().copy()
        first = len(self._identities)
        places[new.to_numpy(zero_copy_only=False)] = np.arange(first, first + len(strangers))
        known = pa.concat_arrays([self._pseudonyms, in_pieces(strangers, self._make)])
        self._remember(pa.concat_arrays([self._identities, strangers]), known)
        return known.take(pa.array(places))

    def _remember(self, identities: Any, pseudonyms: Any) -> None:
        self._full = len(identities) > MOST
        if self._full:
            identities, pseudonyms = _NOBODY
        self._identities, self._pseudonyms = identities, pseudonyms
