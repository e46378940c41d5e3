"""The header field ``Link`` (RFC 8288, section 3)."""

from __future__ import annotations

import re

#: One parameter: its name, and its value with or without quotes.
_PARAMETER = re.compile(r';\s*([^\s=;,"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?\s*')

#: A target in pointed brackets and its parameters; commas and semicolons may stand in quotes.
_LINK = re.compile(rf"<([^>]*)>\s*((?:{_PARAMETER.pattern})*)")


def link_to(header: str, relation: str) -> str | None:
    """The first target with this relation, as written; None where there is none.

    >>> link_to('<https://x/1>; rel="prev", </3?a=b>; title="a, b"; rel="last next"', "next")
    '/3?a=b'
    """
    for target, parameters, *_ in _LINK.findall(header):
        for name, quoted, bare in _PARAMETER.findall(parameters):
            if name.lower() == "rel" and relation in (quoted or bare).lower().split():
                return str(target)
    return None
