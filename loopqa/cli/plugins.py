"""``loopqa plugins``: what can be used in definitions, and what failed to load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from loopqa.cli.options import json_option, workspace_of
from loopqa.cli.output import say, table, tell_json
from loopqa.cli.plugin_add import add_plugin
from loopqa.cli.plugin_check import check_plugin
from loopqa.cli.plugin_new import new_plugin
from loopqa.language import text

KINDS = {
    "source": text("source"),
    "scoring": text("scoring"),
    "detector": text("detector"),
    "analyser": text("analyser"),
    "notifier": text("notifier"),
}


@click.group()
def command() -> None:
    """List plugins and what failed to load."""


command.add_command(add_plugin)
command.add_command(check_plugin)
command.add_command(new_plugin)


@command.command("list")
@json_option
def list_plugins(as_json: bool) -> None:
    """List every type of source, scoring scheme, detector, analyser and notifier."""
    from loopqa.plugin.host import PluginHost

    host = PluginHost(workspace_of(Path.cwd()))
    kinds: dict[str, Mapping[str, Any]] = {
        "source": host.sources(),
        "scoring": host.scorings(),
        "detector": host.detectors(),
        "analyser": host.analysers(),
        "notifier": host.notifiers(),
    }
    items = [
        {"kind": kind, "type": name, "summary": str(plugin.summary)}
        for kind, plugins in kinds.items()
        for name, plugin in sorted(plugins.items())
    ]
    failures = [{"name": one.name, "reason": str(one.reason)} for one in host.failures]
    if as_json:
        tell_json(
            {
                "schema": "loopqa.plugin.list/1",
                "total": len(items),
                "items": items,
                "failures": failures,
            }
        )
        return
    table(
        [text("kind"), text("type"), text("summary")],
        [[KINDS[one["kind"]], one["type"], one["summary"]] for one in items],
        free=(2,),
    )
    for failure in failures:
        say(text("! plugin {failure}", failure=f"{failure['name']}: {failure['reason']}"))
