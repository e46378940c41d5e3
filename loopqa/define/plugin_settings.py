"""What ``plugins:`` in ``loopqa.yaml`` says must fit the plugins that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loopqa.define.explaining import Notes
from loopqa.define.fields import did_you_mean
from loopqa.define.plugin_notes import noting
from loopqa.language import text
from loopqa.plugin.configuring import config_of

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost


def check_blocked(blocked: Sequence[str], host: PluginHost, notes: Notes) -> None:
    """Note blocked names that no plugin has: what was meant is not blocked."""
    known = [one.name for one in host.plugins.found]
    for name in blocked:
        if name not in known:
            message = text("there is no plugin '{name}'", name=name)
            notes.warn(("block_plugins",), message, did_you_mean(name, known))


def check_plugin_settings(
    settings: Mapping[str, Mapping[str, Any]], host: PluginHost, notes: Notes
) -> None:
    """Note names that no plugin has, and options that its plugin does not take."""
    listeners = {one.plugin: one for one in host.plugins.all_listeners()}
    known = [one.name for one in host.plugins.found]
    for name, options in settings.items():
        at = ("plugins", name)
        if name not in known:
            message = text("there is no plugin '{name}'", name=name)
            notes.wrong(at, message, did_you_mean(name, sorted(listeners)), key=True)
        elif name in listeners and listeners[name].Config is not None:
            with noting(at, notes):
                config_of(listeners[name], options, notes.locate(at))
        else:
            notes.wrong(
                at,
                text("plugin '{plugin}' takes no options of its own", plugin=name),
                text("its sources, notifiers and the like get theirs where they are named"),
                key=True,
            )
