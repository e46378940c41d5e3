"""Addresses of the web: which may be named, and which server one belongs to."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import AfterValidator

from loopqa.language import text

_PORTS = {"http": 80, "https": 443}


def _url(written: str) -> str:
    if not written.startswith(("https://", "http://", "${env:", "${file:")):
        raise ValueError(text("an address begins with https:// or http://"))
    return written


Url = Annotated[str, AfterValidator(_url)]
"""The type of an option that is an address; it may stand in ``${env:NAME}``."""

Origin = tuple[str, str, int]
"""Scheme, host and port: what belongs to one server (RFC 6454)."""


def origin_of(url: str) -> Origin | None:
    """The server of an address; None where it is none of the web.

    >>> origin_of("https://Example.com/x"), origin_of("file:///etc/passwd")
    (('https', 'example.com', 443), None)
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return (parts.scheme, parts.hostname, _PORTS[parts.scheme] if port is None else port)


def with_query(url: str, values: dict[str, str]) -> str:
    """The address with these query parameters in place of those with the same names.

    The others stay as they are written.

    >>> with_query("https://x/y?a=%20&page=1", {"page": "2"})
    'https://x/y?a=%20&page=2'
    """
    parts = urlsplit(url)
    pieces = [one for one in parts.query.split("&") if one and _name(one) not in values]
    query = "&".join([*pieces, *([urlencode(values)] if values else [])])
    return urlunsplit(parts._replace(query=query, fragment=""))


def _name(piece: str) -> str:
    pairs = parse_qsl(piece, keep_blank_values=True)
    return pairs[0][0] if pairs else ""
