"""Source ``singer``: the rows of any Singer tap, and so of hundreds of services and databases.

Copy this file into the ``plugins`` folder of a workspace, and give a tap a place of its own::

    python3 -m venv .taps/tap-jira && .taps/tap-jira/bin/pip install tap-jira

Then name it in a workflow::

    tickets:
      type: singer
      tap: tap-jira
      config: {site_name: desk, user_email: qa@example.com, api_token: "${env:JIRA_TOKEN}"}
      stream: issues

A tap is a program that writes one JSON message a line (Singer specification 0.3.0): SCHEMA, RECORD,
and STATE, which it is given at the next run to go on from there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import Field

from loopqa.plugin import (
    BadRow,
    Bookmark,
    DataError,
    Item,
    Options,
    Place,
    PluginError,
    Progress,
    ReadContext,
    Rejected,
    Secrets,
    Source,
    fields_of,
    gathered,
    hookimpl,
    lines,
    natural,
    running,
    text,
)

LOOPQA_API = "1.0"

DISCOVERY_SECONDS, DISCOVERY_BYTES = 120.0, 1 << 26
KINDS = ("date-time", "date", "string", "number", "integer")
NO_MESSAGE = text("the line is no Singer message", zh="这一行不是 Singer 消息")
EXACT = json.JSONDecoder(parse_float=Decimal)
Found = dict[str, Any] | Rejected | Bookmark


class SingerOptions(Options):
    """Options of the source ``singer``."""

    tap: str = Field(min_length=1)  #: its name, if in .taps/NAME or on the PATH; or where it is
    config: dict[str, Any] = Field(repr=False)  #: the tap's; texts may hold ${env:X}, ${file:X}
    stream: str
    select: tuple[str, ...] | None = None  #: columns to ask for, beside the key; None: all
    catalog: str | None = None  #: a JSON file that stands in for discovery
    dialect: Literal["catalog", "properties"] = "catalog"  #: the tap's option for its catalog
    id: str | tuple[str, ...] = ()  #: columns that tell records apart; (): the stream's key
    version: str | None = None  #: the highest counts; None: replication key, or time of reading
    incremental: bool = True  #: each record lands once; False: all are read every time
    time_limit: float = Field(3600.0, gt=0, exclude=True)  #: seconds

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of ``id``."""
        return (self.id,) if isinstance(self.id, str) else self.id


class Singer(Source):
    """Runs a tap; its records become rows, and its STATE the bookmark."""

    type = "singer"
    summary = text("any Singer tap, in an environment of its own", zh="任意 Singer tap，独立环境")
    Config = SingerOptions
    config: SingerOptions
    incremental = True

    def goes_on(self) -> bool:
        """As the option says."""
        return self.config.incremental

    def check(self) -> None:
        """Have the tap tell its streams: it must be there, and take its config."""
        known = {*self.columns(), *properties(self._entry["schema"])}
        for name in (*(self.config.select or ()), *self.config.key):
            if name not in known:
                raise self._unknown(name, self.columns())

    def columns(self) -> tuple[str, ...]:
        """The columns of the stream; a field of an object is ``object.field``."""
        return tuple(name for name, _ in columns_of(self._entry["schema"]))

    def read(self, context: ReadContext) -> Iterator[Item]:
        """The records as rows, and a bookmark behind those that a STATE covers."""
        files = {f"--{self.config.dialect}": self._catalog}
        if context.state is not None:
            files["--state"] = self._secrets.put_in(context.state["singer"])
        stream = Stream(self.config, self._entry, self._secrets)
        with self._tap(self.config.time_limit, files) as output:
            yield from gathered(stream.items(lines(output), context.progress))

    @cached_property
    def _secrets(self) -> Secrets:
        return Secrets(self.config.config, self.root)

    @property
    def _entry(self) -> dict[str, Any]:
        """What the catalog says of the stream."""
        known: dict[str, Any] = {name_of(entry): entry for entry in self._catalog["streams"]}
        if self.config.stream not in known:
            raise self._unknown(self.config.stream, known)
        return dict(known[self.config.stream])

    @cached_property
    def _catalog(self) -> dict[str, Any]:
        """What the tap offers, with marks of what is wanted; a catalog of one's own, as it is."""
        own = self.config.catalog
        try:
            said = Path(self.root, own).read_bytes() if own else self._discovered()
            catalog: dict[str, Any] = json.loads(said)
            for entry in catalog["streams"]:
                if own is None or self.config.select is not None:
                    mark(entry, name_of(entry) == self.config.stream, self.config)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            why = type(error).__name__
            told = text("the catalog can't be read: {why}", zh="目录无法读取：{why}", why=why)
            raise DataError(told, place=Place(own or self.config.tap)) from None
        return catalog

    def _discovered(self) -> bytes:
        limit = min(DISCOVERY_SECONDS, self.config.time_limit)
        with self._tap(limit, {}, "--discover") as output:
            return output.read(DISCOVERY_BYTES)

    def _tap(
        self, seconds: float, files: Mapping[str, Any], *flags: str
    ) -> AbstractContextManager[IO[bytes]]:
        """The tap at work, and what it writes."""
        files = {"--config": self._secrets.put_in(self.config.config), **files}
        written = {name: json.dumps(held) for name, held in files.items()}
        tap, hide = [self._program, *flags], self._secrets.hidden
        return running(tap, written, folder=self.root, seconds=seconds, hide=hide)

    @property
    def _program(self) -> str:
        tap = self.config.tap
        own = self.root.absolute() / (tap if "/" in tap else f".taps/{tap}/bin/{tap}")
        found = shutil.which(own) or shutil.which(tap)
        if found is None:
            missing = text("there is no program '{tap}'", zh="没有程序 '{tap}'", tap=tap)
            hint = text("install it in .taps/{tap}", zh="请安装到 .taps/{tap}", tap=tap)
            raise DataError(missing, hint=hint)
        return found

    def _unknown(self, name: str, known: Iterable[str]) -> DataError:
        tap, names = self.config.tap, ", ".join(known)
        told = text("{tap} offers no '{name}'", zh="{tap} 没有 '{name}'", tap=tap, name=name)
        return DataError(told, hint=text("it offers: {names}", zh="它提供：{names}", names=names))


class Stream:
    """One stream as its messages tell it."""

    def __init__(self, options: SingerOptions, entry: Mapping[str, Any], secrets: Secrets) -> None:
        self._options = options
        self._secrets = secrets
        self._name = str(entry.get("stream") or name_of(entry))
        self._key: Sequence[str] = ()
        self._grows = options.version or str(entry.get("replication_key"))
        self._describe(entry)

    def items(self, lines: Iterable[bytes], progress: Progress) -> Iterator[Found]:
        """A row for each record, and a Rejected for each line that holds none or no message."""
        for number, line in enumerate(lines, 1):
            progress(self._name, number, None)
            try:
                yield from self._item(line, number)
            except BadRow as bad:
                shown = bad.value and self._secrets.hidden(bad.value)[:60]
                yield Rejected(self._name, number, bad.column, shown, bad.why.template)

    def _item(self, line: bytes, number: int) -> Iterator[Found]:
        message, kind = message_in(line)
        if kind == "STATE" and self._options.incremental and message.get("value"):
            yield Bookmark({"singer": self._secrets.taken_out(json.loads(line)["value"])})
        elif message.get("stream") != self._name:
            return
        elif kind == "SCHEMA":
            self._describe(message)
        elif kind == "RECORD":
            yield {**self._row(message), "_file": self._name, "_row": number}
        elif kind == "BATCH":
            raise PluginError(text("the tap writes BATCH files", zh="该 tap 写出 BATCH 文件"))

    def _describe(self, said: Mapping[str, Any]) -> None:
        """Note what a SCHEMA, or the catalog before there is one, says of the rows to come."""
        self._columns = dict(columns_of(said.get("schema")))
        self._natural = [one for one in self._columns.items() if one[1] != "string"]
        self._key = self._options.key or said.get("key_properties") or self._key
        if self._options.version is None and said.get("bookmark_properties"):
            self._grows = said["bookmark_properties"][0]

    def _row(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(message.get("record"), dict):
            raise BadRow(None, NO_MESSAGE)
        row: dict[str, Any] = {**dict.fromkeys(self._columns), **fields_of(message["record"])}
        for name, kind in self._natural:
            row[name] = natural(row[name], kind)
        if self._options.incremental:
            row["_id"] = self._identity(row)
            at = natural(message.get("time_extracted"), "date-time")
            row["_version"] = at if row.get(self._grows) is None else row[self._grows]
        return row

    def _identity(self, row: Mapping[str, Any]) -> Any:
        """What tells a record from others: its key, as one value."""
        if not self._key:
            told = text("stream '{name}' has no key", zh="数据流 '{name}' 没有键", name=self._name)
            hint = text(
                "name its columns, 'id: [a, b]', or read all each time, 'incremental: false'",
                zh="请列出键的列：'id: [a, b]'，或每次全部读取：'incremental: false'",
            )
            raise DataError(told, hint=hint)
        key = [row.get(name) for name in self._key]
        return key[0] if len(key) == 1 else json.dumps(key, ensure_ascii=False, default=str)


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source ``singer``."""
    return [Singer]


def message_in(line: bytes) -> tuple[dict[str, Any], str]:
    """One message, its numbers exact, and its type; BadRow where the line holds none."""
    try:
        message = EXACT.decode(line.decode())
    except (ArithmeticError, RecursionError, ValueError):
        message = None
    if not (isinstance(message, dict) and isinstance(message.get("type"), str)):
        raise BadRow(None, NO_MESSAGE, line.decode("utf-8", "replace").strip())
    return message, message["type"]


def name_of(entry: Mapping[str, Any]) -> str:
    """How a stream of a catalog is called."""
    return str(entry.get("tap_stream_id") or entry.get("stream"))


def mark(entry: dict[str, Any], chosen: bool, options: SingerOptions) -> None:
    """Select a stream and its columns, or leave them out, as both dialects of catalogs say it."""
    needed = (*entry.get("key_properties", ()), entry.get("replication_key"), options.version)
    named = {str(one).partition(".")[0] for one in (*(options.select or ()), *options.key, *needed)}
    marks = {tuple(one["breadcrumb"]): one["metadata"] for one in entry.get("metadata", ())}
    for name, part in properties(entry["schema"]).items():
        own = marks.setdefault(("properties", name), {})
        inclusion = own.get("inclusion", part.get("inclusion"))
        wanted = options.select is None or name in named or inclusion == "automatic"
        part["selected"] = own["selected"] = chosen and wanted and inclusion != "unsupported"
    marks.setdefault((), {})["selected"] = entry["selected"] = entry["schema"]["selected"] = chosen
    entry["metadata"] = [{"breadcrumb": [*at], "metadata": own} for at, own in marks.items()]


def properties(schema: Any) -> dict[str, Any]:
    """The fields of an object, by name, as JSON Schema describes them."""
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def columns_of(schema: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The columns of a stream, and what stands in them: the first of ``KINDS`` that may."""
    for name, part in properties(schema).items():
        if properties(part):
            yield from columns_of(part, f"{prefix}{name}.")
        else:
            kinds = set(kinds_of(part))
            yield prefix + name, next((one for one in KINDS if one in kinds), "string")


def kinds_of(schema: Any) -> Iterator[str]:
    """The types that JSON Schema allows a value; that of a text is its format, if it has one."""
    said = schema if isinstance(schema, dict) else {}
    for one in said["type"] if isinstance(said.get("type"), list) else [said.get("type")]:
        yield str(said.get("format", one) if one == "string" else one)
    for branch in (*said.get("anyOf", ()), *said.get("oneOf", ())):
        yield from kinds_of(branch)
