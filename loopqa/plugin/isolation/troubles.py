"""Plugins that misbehaved and were contained, remembered until they behave or are changed.

One small file each, in the workspace's ``.loopqa/plugins``: it is no state of the loop, and it can
be deleted at any time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from loopqa.language import Text, text
from loopqa.plugin.isolation.home import Home
from loopqa.plugin.isolation.marks import FOLDER

_ENDING = ".trouble.json"


@dataclass(frozen=True)
class Trouble:
    """A plugin whose last use failed by its own fault."""

    plugin: str
    origin: str
    what: Text
    stamp: str  #: of its code at that time

    @property
    def told(self) -> Text:
        """What is to be said of it."""
        return text("stopped when it was last used: {what}", what=self.what)


class Troubles:
    """The troubles of one workspace, or of none."""

    def __init__(self, root: Path | None) -> None:
        self._folder = None if root is None else root / FOLDER

    def note(self, home: Home, use: str, what: Text) -> None:
        """Remember what went wrong in a use, such as ``tickets.read``, where it can be written."""
        if self._folder is None:
            return
        written = {
            "plugin": home.name,
            "origin": home.origin,
            "what": what.to_dict(),
            "stamp": home.stamp(),
        }
        file = self._file(self._folder, home, use)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(written, ensure_ascii=False, default=str), "utf-8")
            fresh.replace(file)

    def clear(self, home: Home, use: str) -> None:
        """The last use of this kind went well."""
        if self._folder is not None:
            with suppress(OSError):
                self._file(self._folder, home, use).unlink()

    def of(self, homes: Mapping[tuple[str, str], Home]) -> tuple[Trouble, ...]:
        """The troubles of these plugins, by name and origin, whose code is still the same."""
        known = ((one, homes.get((one.plugin, one.origin))) for one in self._all())
        return tuple(one for one, home in known if home is not None and home.stamp() == one.stamp)

    def _all(self) -> Iterator[Trouble]:
        files = () if self._folder is None else sorted(self._folder.glob(f"*{_ENDING}"))
        for file in files:
            with suppress(OSError, ValueError, LookupError, TypeError):
                found = json.loads(file.read_text("utf-8"))
                yield Trouble(**{**found, "what": Text.from_dict(found["what"])})

    @staticmethod
    def _file(folder: Path, home: Home, use: str) -> Path:
        return folder / f"{quote(home.name, safe='')}.{quote(use, safe='')}{_ENDING}"
