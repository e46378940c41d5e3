"""Where a plugin's code is, so that another process can bring it in again."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from loopqa.plugin.loading import Found, Origin, installed_offers, load_file


@dataclass(frozen=True)
class Home:
    """A plugin of a third party: a workspace's file, or an installed distribution's."""

    name: str  #: of the plugin
    origin: str  #: for people: the file in the workspace, or the distribution and its version
    file: Path | None = None  #: None: it is installed

    @classmethod
    def of(cls, plugin: Found, root: Path | None) -> Self | None:
        """The home of a plugin that was found; None for those that come with LoopQA."""
        if plugin.kind is Origin.BUILT_IN:
            return None
        in_workspace = plugin.kind is Origin.WORKSPACE and root is not None
        file = root.resolve() / plugin.origin if in_workspace and root is not None else None
        return cls(plugin.name, plugin.origin, file)

    @classmethod
    def from_dict(cls, written: dict[str, Any]) -> Self:
        """The home that :meth:`to_dict` wrote down."""
        file = written["file"]
        return cls(written["name"], written["origin"], None if file is None else Path(file))

    @property
    def known(self) -> tuple[str, str]:
        """Name and origin: several distributions may have a plugin of the same name."""
        return self.name, self.origin

    def to_dict(self) -> dict[str, Any]:
        """As JSON, for another process."""
        file = None if self.file is None else str(self.file)
        return {"name": self.name, "origin": self.origin, "file": file}

    def stamp(self) -> str:
        """Tells this version of the code from others."""
        if self.file is None:
            return self.origin
        try:
            return sha256(self.file.read_bytes()).hexdigest()[:16]
        except OSError:
            return ""

    def module(self) -> Any:
        """The plugin itself, brought in again; raises whatever it raises."""
        if self.file is not None:
            return load_file(self.file)
        mine = (one for one in installed_offers() if (one.name, one.origin) == self.known)
        return next(mine).load()
