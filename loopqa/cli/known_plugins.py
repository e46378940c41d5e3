"""The plugins of the place that a command is called in, by kind and type."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.cli.options import workspace_of
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost

#: hook → (its kind in JSON, for people)
KINDS = {
    "loopqa_sources": ("source", text("source")),
    "loopqa_scorings": ("scoring", text("scoring")),
    "loopqa_detectors": ("detector", text("detector")),
    "loopqa_analysers": ("analyser", text("analyser")),
    "loopqa_notifiers": ("notifier", text("notifier")),
    "loopqa_report_sections": ("report_section", text("report section")),
    "loopqa_guard": ("guard", text("guard")),
    "loopqa_event": ("event", text("listener")),
}


def host_here() -> PluginHost:
    """The plugins as the workspace that we stand in uses them; without one, the installed ones."""
    from loopqa.define.settings import load_settings
    from loopqa.plugin.host import PluginHost

    root = workspace_of(Path.cwd())
    if root is None:
        return PluginHost()
    return PluginHost(root, blocked=load_settings(root).block_plugins)


def known_types(host: PluginHost) -> list[tuple[str, str, Any]]:
    """(hook, type, class) of everything that definitions can name; guards have their plugin's."""
    named = [
        (hook, name, kind)
        for hook, types in host.plugins.types.items()
        for name, kind in sorted(types.items())
    ]
    return named + [(one.hook, one.plugin, one) for one in host.plugins.all_listeners()]


def type_item(host: PluginHost, hook: str, name: str, kind: Any) -> dict[str, Any]:
    """A type as an item of a JSON document."""
    owner = host.plugins.owner(hook, name)
    return {
        "kind": KINDS[hook][0],
        "type": name,
        "summary": str(kind.summary),
        "plugin": owner.name,
        "version": owner.version,
        "origin": owner.kind.value,
        "from": owner.origin,
    }


def origin_words(item: dict[str, Any]) -> Text | str:
    """Where a type comes from, for people."""
    return text("built in") if item["origin"] == "built_in" else str(item["from"])
