"""Imported once by the server that processes are forked from: what each would import slowly.

No connection and no thread is left open: they would not survive a fork.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import ibis.backends.duckdb
import psycopg
import pyarrow.csv
import pyarrow.parquet
import scipy.special
import scipy.stats

import loopqa.cli.tick
import loopqa.engine.run
import loopqa.engine.tick
import loopqa.evidence.backend
import loopqa.evidence.keys
from loopqa.store.door import Store

__all__ = ["ibis", "loopqa", "psycopg", "pyarrow", "scipy"]


def _use_the_store_once() -> None:
    """SQLAlchemy prepares its classes and statements at first use."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open("sqlite:///state.db", root=Path(folder))
        with store.writing(actor="clock", now=datetime.now(UTC)) as writer:
            writer.claim_due()
            writer.enter("x.happened", "-", {})
        with store.reading() as reader:
            reader.actions()
            reader.resurveys()
        store.close()


_use_the_store_once()
