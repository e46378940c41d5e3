"""Notifier ``file``: one JSON object a line, for other programs to pick up."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from loopqa.errors import PluginError
from loopqa.language import text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.notifier import Delivery, Notifier, Outgoing
from loopqa.plugin.options import Options


class FileOptions(Options):
    """Options of the notifier ``file``."""

    path: str = Field(min_length=1)  #: grows by a line a message; relative ones from the workspace


class File(Notifier):
    """Adds a line to a file, which is on the disk when the message counts as delivered."""

    type = "file"
    summary = text("one JSON object a line, added to a file")
    Config = FileOptions
    config: FileOptions

    def send(self, outgoing: Outgoing) -> Delivery:
        """Add the line."""
        path = self.root / self.config.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _append(path, _line(outgoing))
        except OSError as error:
            raise PluginError(
                text(
                    "{path} can't be written: {why}",
                    path=self.config.path,
                    why=error.strerror or type(error).__name__,
                ),
                retryable=True,
            ) from error
        return Delivery()


def _line(outgoing: Outgoing) -> bytes:
    said = {
        "key": outgoing.key,
        "event": outgoing.event,
        "about": outgoing.about,
        "workflow": outgoing.workflow,
        "at": outgoing.at.isoformat(),
        "subject": outgoing.subject,
        "body": outgoing.body,
    }
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _append(path: Path, line: bytes) -> None:
    """Add ``line`` in one write behind whole lines, and wait until the disk has it."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        if _is_torn(file):
            line = b"\n" + line
        written = os.write(file, line)
        if written < len(line):  # the disk is full: the next try starts on a line of its own
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    finally:
        os.close(file)


def _is_torn(file: int) -> bool:
    """Whether the last line has no end: somebody was stopped while it was written."""
    size = os.lseek(file, 0, os.SEEK_END)
    if not size:
        return False
    os.lseek(file, size - 1, os.SEEK_SET)
    return os.read(file, 1) != b"\n"


@hookimpl
def loopqa_notifiers() -> Sequence[type[Notifier]]:
    """The notifier of this file."""
    return [File]
