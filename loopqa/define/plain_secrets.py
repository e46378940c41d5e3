"""Passwords that stand in a definition file for everybody to read."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from loopqa.define.explaining import Notes
from loopqa.define.nodes import Path_
from loopqa.language import text


def warn_of_password(written: object, path: Path_, notes: Notes) -> None:
    """Note an address with a password in it; ``${env:...}`` and ``${file:...}`` hold none."""
    if isinstance(written, str) and has_password(written):
        notes.warn(
            path,
            text("the password stands in the file for everybody to read"),
            text("write ${{env:NAME}} in its place, and set NAME where loopqa runs"),
        )


def warn_of_secret(path: Path_, notes: Notes) -> None:
    """Note a secret of a plugin that is written as it is."""
    notes.warn(
        path,
        text("'{option}' stands in the file for everybody to read", option=path[-1]),
        text("write ${{env:NAME}} or ${{file:PATH}}, and keep it there"),
    )


def has_password(url: str) -> bool:
    """Whether an address holds a password as it is.

    >>> has_password("postgresql://li:secret@db/tickets")
    True
    >>> has_password("postgresql://li:${env:PASSWORD}@db/tickets")
    False
    >>> has_password("postgresql://db/tickets?user=li&password=secret")
    True
    """
    try:
        parts = urlsplit(url)
        word = unquote(parts.password or "")
    except ValueError:
        return False
    words = [word, *(value for key, value in parse_qsl(parts.query) if key.lower() == "password")]
    return any(one and "${" not in one for one in words)
