"""The stylesheet: the file ``templates/report.css``, with the theme's colours for both schemes."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from loopqa.report import theme

_NAMES = {
    "ink": theme.INK,
    "muted": theme.MUTED,
    "line": theme.LINE,
    "paper": theme.PAPER,
    "band": theme.BAND,
    "before": theme.BEFORE,
    "blue": theme.BLUE,
    "orange": theme.ORANGE,
}


@cache
def stylesheet() -> str:
    """The page's whole style; charts get their dark shades by the colour they are drawn in."""
    own = (Path(__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    light = "".join(f"--{name}:{colour};" for name, colour in _NAMES.items())
    dark = "".join(f"--{name}:{theme.DARK[colour]};" for name, colour in _NAMES.items())
    charts = "".join(
        f'svg [{part}="{colour}"]{{{part}:{shade}}}'
        for colour, shade in theme.DARK.items()
        for part in ("fill", "stroke")
    )
    return (
        f":root{{{light}}}\n{own}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}{charts}}}\n"
    )


@cache
def policy() -> str:
    """The content security policy: nothing is loaded, nothing runs, and only this style counts."""
    digest = b64encode(sha256(stylesheet().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
