"""A source that does, on demand, everything that a source must not do."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pyarrow as pa

from loopqa.plugin import (
    Bookmark,
    Options,
    PluginError,
    Rejected,
    Secret,
    Source,
    hookimpl,
    revealed,
    text,
)

GOOD = [{"case": "1", "score": 4}, {"case": "2", "score": 5}]


class BadOptions(Options):
    how: str = "well"
    token: Secret | None = None


class BadSource(Source):
    """Yields two good rows, then misbehaves."""

    type = "bad_source"
    summary = text("misbehaves")
    Config = BadOptions

    def check(self):
        if self.config.how == "hangs in check":
            time.sleep(1000)
        if self.config.how == "exits in check":
            os._exit(7)

    def columns(self):
        return ("case", "score")

    def relation(self):
        if self.config.how == "raises in relation":
            raise RuntimeError("no relation")

    def read(self, context):
        if self.config.how == "returns nothing":
            return None
        return self._items(context)

    def _items(self, context) -> Iterator[object]:
        yield GOOD
        yield from getattr(self, "_" + self.config.how.replace(" ", "_").replace("-", "_"))(context)
        yield GOOD

    def _well(self, context):
        yield []

    def _raises(self, context):
        raise KeyError("opensesame")
        yield

    def _tells_its_secret(self, context):
        raise ValueError(f"login with {revealed(self.config.token, self.root)} failed")
        yield

    def _refuses(self, context):
        raise PluginError(text("the other side is closed"), retryable=True, retry_after=60)
        yield

    def _hangs(self, context):
        time.sleep(1000)
        yield

    def _hangs_deaf(self, context):
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(one, signal.SIG_IGN)
        ctypes.PyDLL(None).sleep(1000)  # in C, and without letting any other thread run
        yield

    def _exits(self, context):
        os._exit(0)
        yield

    def _raises_system_exit(self, context):
        sys.exit("enough")
        yield

    def _kills_itself(self, context):
        os.kill(os.getpid(), signal.SIGKILL)
        yield

    def _crashes(self, context):
        ctypes.string_at(0)
        yield

    def _floods_rows(self, context):
        while True:
            yield [{"case": "3", "score": 1}] * 10_000

    def _floods_bytes(self, context):
        while True:
            yield [{"case": str(n) * 1000, "score": 1} for n in range(100)]

    def _floods_one_value(self, context):
        yield [{"case": "x" * 2_000_000, "score": 1}, {"case": "3", "score": 3}]

    def _takes_memory(self, context):
        kept = []
        while True:
            kept.append(bytearray(50_000_000))

    def _yields_rubbish(self, context):
        yield [
            {"case": object(), "score": 1},
            {"case": "4", "score": [1, 2]},
            {"case": "5", "score": b"5"},
            {"case": "6", "score": {"of": 5}},
            {"case": "\ud800", "score": 1},
            {"case": "8", "score": 10**30},
            {"case": "9", 10: 5},
            ("case", "11"),
            None,
            {"case": "13", "score": float("nan")},
            {"case": 14, "score": "5"},
            {"case": "15", "score": 5},
        ]

    def _yields_one_row(self, context):
        yield {"case": "3", "score": 4}

    def _yields_text(self, context):
        yield "case,score"

    def _yields_a_damaged_batch(self, context):
        bad = pa.StringArray.from_buffers(
            2, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")
        )
        yield pa.RecordBatch.from_pydict({"case": bad})

    def _yields_nested_arrow(self, context):
        yield pa.RecordBatch.from_pydict({"case": [[1], [2]]})

    def _yields_a_wrong_bookmark(self, context):
        yield Bookmark({"until": object()})

    def _rejects_wildly(self, context):
        yield Rejected(None, "here", 5, object(), "why {not}")

    def _prints(self, context):
        for _ in range(3000):
            print("x" * 10_000)
        os.write(1, b"\xff\xfe no text\n")
        yield []

    def _asks(self, context):
        input("password? ")
        yield []

    def _closes_everything(self, context):
        os.closerange(0, 256)
        yield []

    def _writes_everywhere(self, context):
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"rubbish" * 10)
            except OSError:
                continue
        yield []

    def _leaves_a_process_behind(self, context):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        (self.root / "left_behind").write_text(str(child.pid))
        os._exit(3)
        yield


@hookimpl
def loopqa_sources():
    return [BadSource]
