"""Guard ``evidence_gate``: no action is closed without a link to what shows that it was done.

Copy this file into the ``plugins`` folder of a workspace. From then on the evidence of
``loopqa action close`` must hold a web address, or name a file that exists in the workspace::

    loopqa action close A-7 --evidence "new rota: https://wiki.example.com/rota"
    loopqa action close A-7 --evidence evidence/rota.pdf

What counts can be narrowed in ``loopqa.yaml``::

    plugins:
      evidence_gate: {accept: [link], hosts: [wiki.example.com]}

Addresses are not visited: the guard says whether there is one, people say whether it shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from loopqa.plugin import Action, Options, Text, hookimpl, text

LOOPQA_API = "1.0"

LINK = re.compile(r"https?://[^\s<>\"'，。；（）]+", re.IGNORECASE)
Kind = Literal["link", "file"]


class Config(Options):
    """What counts as evidence."""

    accept: tuple[Kind, ...] = ("link", "file")  #: web addresses, files
    hosts: tuple[str, ...] = ()  #: only addresses of these hosts and below them; empty: any


@hookimpl
def loopqa_guard(transition: str, action: Action, root: Path, options: Config) -> Text | None:
    """Let an action be closed only with a link or a file among its evidence."""
    if transition != "close":
        return None
    evidence = action.evidence or ""
    if "link" in options.accept and any(_accepted(host, options) for host in _hosts(evidence)):
        return None
    if "file" in options.accept and _is_file(root, evidence):
        return None
    return _asking(options)


def _hosts(evidence: str) -> Iterator[str]:
    """The hosts of all web addresses in a text."""
    for link in LINK.findall(evidence):
        try:
            yield urlsplit(link).hostname or ""
        except ValueError:
            continue  # such as an unclosed bracket of an IPv6 address


def _accepted(host: str, options: Config) -> bool:
    wanted = [one.lower().strip(".") for one in options.hosts]
    within = any(host == one or host.endswith(f".{one}") for one in wanted)
    return bool(host) and (within or not wanted)


def _is_file(root: Path, evidence: str) -> bool:
    """Whether the whole evidence names a file inside the workspace."""
    try:
        file = (root / evidence).resolve()
        return file.is_relative_to(root.resolve()) and file.is_file()
    except (OSError, ValueError):
        return False  # a sentence too long for a file's name


def _asking(options: Config) -> Text:
    hosts = ", ".join(options.hosts)
    if options.accept == ("file",):
        return text(
            "its evidence must name a file of the workspace",
            zh="证据必须是工作区内的一个文件",
        )
    if hosts:
        return text(
            "its evidence must hold a link to {hosts}",
            zh="证据必须包含指向 {hosts} 的链接",
            hosts=hosts,
        )
    if options.accept == ("link",):
        return text("its evidence must hold a link", zh="证据必须包含一个链接")
    return text(
        "its evidence must hold a link, or name a file of the workspace",
        zh="证据必须包含一个链接，或是工作区内的一个文件",
    )
