"""Texts and what they are encoded as: coded by the engine, each distinct text once."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from loopqa.evidence.backend import Backend
from loopqa.evidence.coding import TEXTS, coded_texts
from loopqa.evidence.shapes import Reading


def encoded_texts(backend: Backend, reading: Reading, texts: list[str]) -> Any:
    """The encoded values (numpy int64) of distinct texts.

    Texts that the definition itself names need no query; the others (``05``, numbers in bands,
    free numbers) go through the compiled form of the coding.
    """
    known = dict(reading.texts)
    values = np.array([known.get(text, 0) for text in texts], dtype=np.int64)
    open_ = [at for at, text in enumerate(texts) if text not in known]
    if open_:
        values[open_] = _queried(backend, reading, [texts[at] for at in open_])
    return values


def _queried(backend: Backend, reading: Reading, texts: list[str]) -> Any:
    table = pa.table({"position": pa.array(range(len(texts)), pa.int64()), "text": texts})
    found = backend.column({TEXTS: table}, ("texts", reading), partial(coded_texts, reading))
    values = np.empty(len(texts), dtype=np.int64)
    values[found.column("position").to_numpy()] = found.column("value").to_numpy()
    return values
