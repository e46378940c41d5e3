"""Who is told, and by what mail server: what ``notify`` and ``mail`` say must be doable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.routing import ALL, ANY_OF
from loopqa.define.explaining import Notes
from loopqa.define.fields import did_you_mean
from loopqa.define.nodes import Path_
from loopqa.define.plain_secrets import has_password
from loopqa.define.plugin_notes import noting
from loopqa.define.workflow_document import MailPart
from loopqa.language import text
from loopqa.model.events import Event
from loopqa.model.workflow import PluginSpec, Workflow
from loopqa.plugin.secret import secret_options

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost

#: what a rule says itself; all else are options of its notifier
OWN = ("on", "type")
_LAST_PORT = 65_535


def check_notifiers(workflow: Workflow, host: PluginHost, notes: Notes) -> None:
    """Note what notifiers say about their types and options, and secrets for all to read."""
    for position, rule in enumerate(workflow.notify):
        at = ("notify", position)
        _events(at, rule["on"], notes)
        spec = PluginSpec(rule["type"], {k: v for k, v in rule.items() if k not in OWN})
        with noting(at, notes):
            chosen = host.notifier(spec.type)
            _secrets(at, spec, secret_options(chosen.Config), notes)
            root = workflow.path.parent.parent
            made = host.make_notifier(spec, root=root, place=notes.locate(at))
            lacking = made.lacking()
            if lacking is not None:
                hint = text("messages wait until then")
                notes.warn((*at, "type"), lacking, hint)


def _events(at: Path_, on: Sequence[str], notes: Notes) -> None:
    """Note names that are no events; a rule for them would never tell anybody anything."""
    known = [one.value for one in Event]
    groups = sorted({f"{one.partition('.')[0]}{ANY_OF}" for one in known})
    if not on:
        notes.wrong((*at, "on"), text("'on' names no event"), key=True)
    for number, name in enumerate(on):
        if name not in (*known, *groups, ALL):
            listed = notes.document.find((*at, "on")).items is not None
            path = (*at, "on", number) if listed else (*at, "on")
            hint = did_you_mean(name, [*known, *groups, ALL])
            notes.wrong(path, text("there is no event '{name}'", name=name), hint)


def _secrets(at: Path_, spec: PluginSpec, names: frozenset[str], notes: Notes) -> None:
    """Refuse secrets in plain: options lie in the state as they are written here."""
    for name in sorted(names & spec.options.keys()):
        value = spec.options[name]
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and "${" not in one:
                _in_plain((*at, name), name, notes)
    for name, value in spec.options.items():
        if name not in names and isinstance(value, str) and has_password(value):
            _in_plain((*at, name), name, notes)


def _in_plain(path: Path_, name: str, notes: Notes) -> None:
    notes.wrong(
        path,
        text("'{option}' stands in the file for everybody to read", option=name),
        text("write ${{env:NAME}} or ${{file:PATH}}, and keep it there"),
    )


def mail_options(part: MailPart, notes: Notes) -> dict[str, Any]:
    """The mail server as options of a notifier."""
    if part.password is not None and "${" not in part.password:
        notes.warn(
            ("mail", "password"),
            text("the password stands in the file for everybody to read"),
            text("write ${{env:NAME}} in its place, and set NAME where loopqa runs"),
        )
    if part.port is not None and part.port > _LAST_PORT:
        notes.wrong(("mail", "port"), text("there is no port {n}", n=part.port))
    if part.password is not None and part.user is None:
        notes.wrong(("mail", "password"), text("a password without 'user' is never used"), key=True)
    return part.model_dump(by_alias=True, exclude_none=True)
