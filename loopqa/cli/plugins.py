"""``loopqa plugins``: what can be used in definitions, where it comes from, what failed to load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loopqa.cli.known_plugins import KINDS, host_here, known_types, origin_words, type_item
from loopqa.cli.options import json_option
from loopqa.cli.output import say, table, tell, tell_json
from loopqa.cli.plugin_add import add_plugin
from loopqa.cli.plugin_check import check_plugin
from loopqa.cli.plugin_docs import docs
from loopqa.cli.plugin_new import new_plugin
from loopqa.cli.plugin_unblock import unblock_plugin
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost
    from loopqa.plugin.loading import Found, PluginFailure


@click.group()
def command() -> None:
    """List plugins and their options, and what failed to load."""


command.add_command(add_plugin)
command.add_command(check_plugin)
command.add_command(docs)
command.add_command(new_plugin)
command.add_command(unblock_plugin)


@command.command("list")
@json_option
def list_plugins(as_json: bool) -> None:
    """List every type that definitions can name, every plugin, and what failed to load.

    Plugins that are blocked, and those that safe mode leaves out, are told as well.
    """
    from loopqa.cli.foreign import offered_commands

    host = host_here()
    items = [type_item(host, *one) for one in known_types(host)]
    plugins = [_plugin(host, one) for one in host.plugins.found]
    commands = [] if host.safe_mode else [one.to_dict() for one in offered_commands(host.blocked)]
    if as_json:
        tell_json(
            {
                "schema": "loopqa.plugin.list/1",
                "safe_mode": host.safe_mode,
                "total": len(items),
                "items": items,
                "plugins": plugins,
                "commands": commands,
                "failures": [_failure(one) for one in host.failures],
            }
        )
        return
    names = dict(KINDS.values())
    table(
        [text("kind"), text("type"), text("from"), text("summary")],
        [[names[one["kind"]], one["type"], origin_words(one), one["summary"]] for one in items],
        free=(3,),
    )
    _tell_others([one for one in plugins if one["origin"] != "built_in" or one["blocked"]])
    for one in commands:
        tell(text("command {name} from {origin}", name=one["name"], origin=one["from"]))
    _tell_troubles(host)


def _plugin(host: PluginHost, found: Found) -> dict[str, Any]:
    types = host.plugins.types_of(found)
    return {
        "name": found.name,
        "version": found.version,
        "origin": found.kind.value,
        "from": found.origin,
        "blocked": found.blocked,
        "hooks": list(found.hooks),
        "types": [
            {"kind": KINDS[hook][0], "type": one} for hook, names in types.items() for one in names
        ],
        "load_ms": round(found.milliseconds, 1),
    }


def _failure(one: PluginFailure) -> dict[str, str]:
    return {
        "name": one.name,
        "from": one.origin,
        "reason": str(one.reason),
        "todo": str(_todo(one)),
    }


def _todo(one: PluginFailure) -> Text:
    return text(
        "mend {origin}, or do without it: `block_plugins: [{name}]` in loopqa.yaml",
        origin=one.origin,
        name=one.name,
    )


def _tell_others(plugins: list[dict[str, Any]]) -> None:
    """Plugins of other people, and all that are blocked."""
    if not plugins:
        return
    tell()
    table(
        [text("plugin"), text("version"), text("from"), text("loaded in ms"), text("hooks")],
        [
            [
                one["name"],
                one["version"],
                one["from"],
                text("blocked") if one["blocked"] else f"{one['load_ms']:.0f}",
                ", ".join(one["hooks"]) or None,
            ]
            for one in plugins
        ],
        right=(3,),
        free=(4,),
    )


def _tell_troubles(host: PluginHost) -> None:
    if host.safe_mode:
        say(text("safe mode is on: only the built-in plugins are loaded"))
    for one in host.failures:
        say(text("! plugin {failure}", failure=f"{one.name}: {one.reason}"))
        say(text("  to do: {todo}", todo=_todo(one)))
