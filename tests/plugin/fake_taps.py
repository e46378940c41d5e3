"""Taps that speak Singer as the tests want it, well or badly."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from loopqa.plugin import Bookmark, ReadContext, Rejected, Source, config_of
from loopqa.testing import loaded

SHIPPED = Path(__file__).parents[2] / "plugins" / "singer.py"
SINGER: type[Source] = loaded(SHIPPED).Singer

HEAD = """\
#!{python} -IS
import json, os, sys, time

def given(option):
    return json.load(open(sys.argv[sys.argv.index(option) + 1])) if option in sys.argv else None

def say(kind, **fields):
    print(json.dumps({{"type": kind, **fields}}), flush=True)

def log(words):
    print(words, file=sys.stderr, flush=True)

def schema(properties, key=("id",), stream="answers", **more):
    described = {{"type": "object", "properties": properties}}
    say("SCHEMA", stream=stream, schema=described, key_properties=list(key), **more)

def record(stream="answers", **values):
    say("RECORD", stream=stream, record=values)

config, state, catalog = given("--config"), given("--state"), given("--catalog")
if "--discover" in sys.argv:
    if "DISCOVER" not in config:
        print({catalog!r})
    else:
        exec(config["DISCOVER"])
    sys.exit()
"""

TEXT = {"type": ["null", "string"]}
ANSWERS = {"id": {"type": "integer"}, "remark": TEXT, "score": {"type": ["null", "integer"]}}


def entry(stream: str, properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What a catalog says of a stream."""
    described = {"type": "object", "properties": dict(properties)}
    return {"stream": stream, "tap_stream_id": stream, "schema": described, **more}


CATALOG = {"streams": [entry("answers", ANSWERS, key_properties=["id"]), entry("people", {})]}


@dataclass(frozen=True)
class Taps:
    """A workspace and the taps in it."""

    root: Path

    def install(self, body: str, catalog: Any = CATALOG, name: str = "tap-fake") -> Path:
        """Write a tap that does ``body`` when it is asked for records."""
        program = self.root / ".taps" / name / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        head = HEAD.format(python=sys.executable, catalog=json.dumps(catalog))
        program.write_text(head + dedent(body), encoding="utf-8")
        program.chmod(0o755)
        return program

    def source(self, **options: Any) -> Source:
        """The source, for the tap ``tap-fake`` and the stream ``answers``."""
        given = {"tap": "tap-fake", "stream": "answers", "config": {}, **options}
        return SINGER(config_of(SINGER, given), root=self.root)

    def read(self, body: str, state: Any = None, **options: Any) -> Reading:
        """All that a tap with this body yields."""
        self.install(body)
        return reading(self.source(**options), state)


@dataclass(frozen=True)
class Reading:
    """What came of a source, by kinds."""

    items: Sequence[Any]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of all batches, without where they stand."""
        return [
            {name: value for name, value in row.items() if name not in {"_file", "_row"}}
            for batch in self.items
            if isinstance(batch, list)
            for row in batch
        ]

    @property
    def rejected(self) -> list[Rejected]:
        """The rejected rows."""
        return [one for one in self.items if isinstance(one, Rejected)]

    @property
    def states(self) -> list[Any]:
        """The bookmarks."""
        return [one.state for one in self.items if isinstance(one, Bookmark)]


def reading(source: Source, state: Any = None) -> Reading:
    """Read a source to its end."""
    return Reading(list(source.read(ReadContext(state=state))))
