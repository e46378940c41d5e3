"""The reference pages of the plugin interface, from its docstrings and from the plugins at hand."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import loopqa.plugin
from loopqa.plugin import (
    DataError,
    Options,
    Page,
    PluginError,
    PluginHost,
    UsageError,
    hookspecs,
)
from loopqa.plugin.describing import OptionDescription, described
from loopqa.plugin.loading import Origin
from loopqa.plugin.vetting import BASES, HOOKS

ROOT = Path(__file__).parents[1]

HEAD = """# The plugin interface

Everything here is a name of `loopqa.plugin`; the page is made from its docstrings. What LoopQA
brings itself is written against the same names.

A plugin is a Python file with hook functions. LoopQA finds it

1. among its own (`loopqa.builtin`),
2. behind entry points of the group `loopqa` of installed distributions,
3. in the folder `plugins` of the workspace (files that begin with `_` or `.` are left out).

Each is loaded on its own. One that fails is listed by `loopqa plugins list`, `status` and `doctor`
with the reason and what to do, and never stops the others. Where two have the same type, the first
one wins and the second one is listed as failed. In `loopqa.yaml`, `block_plugins: [name]` leaves
one alone, and `plugins: {name: {...}}` holds the options of guards and listeners; with
`LOOPQA_SAFE_MODE=1` only LoopQA's own are loaded, and no guard of others is asked.

A file names the interface that it was written for: `LOOPQA_API = "LOOPQA_VERSION"`. A plugin of
another major version, or of a later minor one, is refused.

`LOOPQA_TRACE=1` writes a line on standard error for every call into a plugin: plugin, hook or
method, milliseconds, and how it ended, with secret options masked.

Entry points of the group `loopqa.commands` name click commands: `loopqa NAME` looks for one where
LoopQA has no command of that name.

Sentences for people are `text("English {n}", zh="中文 {n}", n=3)`: one file speaks both languages.
""".replace("LOOPQA_VERSION", loopqa.plugin.LOOPQA_API)

RECORDS_HEAD = """
## Records

What hooks and methods are given, and what they return. All are frozen.
"""

TYPES_HEAD = """# Types and their options

Every type that definitions can name, made from the plugins themselves. `loopqa plugins docs TYPE`
shows the same of any plugin in your workspace.

"""

TITLES = {
    "loopqa_sources": "Sources (`type` of an input)",
    "loopqa_scorings": "Scoring schemes (`score`)",
    "loopqa_detectors": "Detectors (`detect`)",
    "loopqa_analysers": "Analysers (`analyse`)",
    "loopqa_notifiers": "Notifiers (`notify`)",
    "loopqa_report_sections": "Report sections (`sections` of `report`)",
}


def interface_page() -> str:
    """Hooks, base classes, records and all other names."""
    bases = [*dict.fromkeys(BASES.values()), Page, Options, PluginError, DataError, UsageError]
    parts = [HEAD, "\n## Hooks\n", *_hooks(), "\n## Classes\n"]
    parts += [_class(one) for one in bases]
    parts += [RECORDS_HEAD, *(_record(one) for one in _records())]
    parts += ["\n## All names\n\n| name | what it is |\n|---|---|\n", *_names()]
    return "".join(parts)


def _hooks() -> Iterator[str]:
    yield "\n| hook | what it is for | arguments | returns |\n|---|---|---|---|\n"
    for name in HOOKS:
        hook = getattr(hookspecs, name)
        given = inspect.signature(hook)
        link = f"[`{name}`](#{name})"
        first = _said(hook).partition("\n\n")[0].replace("\n", " ")
        arguments = ", ".join(f"`{one}`" for one in given.parameters) or "none"
        returned = f"`{_plain(given.return_annotation)}`"
        yield f"| {' | '.join(map(_cell, (link, first, arguments, returned)))} |\n"
    for name in HOOKS:
        yield f"\n### {name}\n\n{_said(getattr(hookspecs, name))}\n"


def _class(one: type) -> str:
    attributes = "".join(_fields(one))
    methods = [
        f"\n`{name}{_signature(function)}`\n\n{_said(function)}\n"
        for name, function in vars(one).items()
        if inspect.isfunction(function) and (not name.startswith("_") or name == "__init__")
    ]
    properties = [
        f"\n`{name}` (property)\n\n{_said(function.fget)}\n"
        for name, function in vars(one).items()
        if isinstance(function, property)
    ]
    return f"\n### {one.__name__}\n\n{_said(one)}\n{attributes}" + "".join(methods + properties)


def _record(one: type) -> str:
    return f"\n### {one.__name__}\n\n{_said(one)}\n{''.join(_fields(one))}"


def _records() -> list[type]:
    named = (getattr(loopqa.plugin, name) for name in loopqa.plugin.__all__)
    return [one for one in named if isinstance(one, type) and is_dataclass(one)]


def _fields(one: type) -> Iterator[str]:
    """The annotated names of a class with their comments."""
    source = textwrap.dedent(inspect.getsource(one))
    lines = source.splitlines()
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)).body
    listed = [node for node in body if isinstance(node, ast.AnnAssign)]
    if listed:
        yield "\n| field | type | meaning |\n|---|---|---|\n"
    for node in listed:
        kind = re.sub(r"^ClassVar\[(.*)\]$", r"\1", ast.unparse(node.annotation))
        following = body[body.index(node) + 1] if node is not body[-1] else None
        words = _comment(lines, node) or _behind(following)
        yield f"| `{ast.unparse(node.target)}` | `{_cell(_plain(kind))}` | {_cell(words)} |\n"


def _comment(lines: list[str], node: ast.AnnAssign) -> str:
    behind = lines[(node.end_lineno or node.lineno) - 1].partition("#: ")[2]
    above = lines[node.lineno - 2].strip()
    return _markdown(behind or (above.removeprefix("#: ") if above.startswith("#: ") else ""))


def _behind(node: ast.stmt | None) -> str:
    """A string below a field is its documentation."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return _markdown(" ".join(str(node.value.value).split()))
    return ""


def _names() -> Iterator[str]:
    for name in sorted(loopqa.plugin.__all__, key=str.lower):
        yield f"| `{name}` | {_cell(_first(name, getattr(loopqa.plugin, name)))} |\n"


def _first(name: str, thing: Any) -> str:
    if isinstance(thing, (str, int)):
        return f"`{thing}`"
    if isinstance(thing, type) or inspect.isroutine(thing):
        return _markdown((inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " "))
    return _said_of_name(name) or f"`{_plain(str(thing))}`"


def _said_of_name(name: str) -> str:
    """The string below an assignment in the module that a name comes from."""
    home = loopqa.plugin._HOME[name]
    body = ast.parse(inspect.getsource(import_module(home))).body
    for node, below in pairwise(body):
        if name in ast.unparse(node).partition("=")[0].partition(":")[0].split():
            return _behind(below)
    return ""


def types_page() -> str:
    """Every type of LoopQA's own plugins, and of those beside it."""
    host = PluginHost(ROOT)
    ours = {one.name for one in host.plugins.found if one.kind is not Origin.INSTALLED}
    refused = [str(one.reason) for one in host.failures if one.name in ours]
    if refused:
        raise SystemExit(f"a plugin does not load: {refused}")
    parts = [TYPES_HEAD]
    for hook, title in TITLES.items():
        named = {
            name: kind
            for name, kind in host.plugins.types[hook].items()
            if host.plugins.owner(hook, name).name in ours
        }
        parts.append(f"## {title}\n\n")
        parts += [_type(name, kind, _origin(host, hook, name)) for name, kind in named.items()]
    guards = [one for one in host.plugins.all_listeners() if one.plugin in ours]
    parts.append("## Guards and listeners (`plugins` of `loopqa.yaml`)\n\n")
    parts += [_type(one.plugin, one, f"`{one.origin}`") for one in guards]
    return "".join(parts).rstrip() + "\n"


def _origin(host: PluginHost, hook: str, name: str) -> str:
    owner = host.plugins.owner(hook, name)
    return "built in" if owner.kind is Origin.BUILT_IN else f"`{owner.origin}`"


def _type(name: str, kind: Any, origin: str) -> str:
    options = described(kind.Config) if kind.Config is not None else ()
    head = f"### {name}\n\n{_cell(str(kind.summary))} ({origin})\n\n"
    if not options:
        return f"{head}No options.\n\n"
    rows = "".join(map(_option, options))
    return f"{head}| option | value | default | meaning |\n|---|---|---|---|\n{rows}\n"


def _option(one: OptionDescription) -> str:
    default = "required" if one.required else f"`{one.default}`" if one.default else ""
    cells = (f"`{one.name}`", one.value.render("en"), default, one.meaning)
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _said(thing: Any) -> str:
    """A docstring as Markdown; what it raises becomes a list."""
    lines, listing = [], False
    for line in (inspect.getdoc(thing) or "").splitlines():
        if line in {"Raises:", "Args:"}:
            listing = True
            lines += [line, ""]
        elif listing and re.match(r"    \w[\w, ]*: ", line):
            lines.append(f"- {line.strip()}")
        elif listing and line.strip():
            lines.append(f"  {line.strip()}")
        else:
            lines.append(line)
    return _markdown("\n".join(lines))


def _markdown(words: str) -> str:
    words = re.sub(r":\w+:`~?\.?([^`]+)`", r"`\1`", words)
    return re.sub(r"::$", ":", words.replace("``", "`"), flags=re.MULTILINE)


def _signature(function: Any) -> str:
    return _plain(str(inspect.signature(function))).replace("(self, ", "(").replace("(self)", "()")


def _plain(annotation: str) -> str:
    return re.sub(r"['\"]|loopqa\.(?:\w+\.)+", "", annotation)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")
