"""Commands of plugins: behind entry points of the group ``loopqa.commands``.

They are looked for only when a command is asked for that LoopQA has not, because looking takes
about 100 ms.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loopqa.errors import LoopQAError, PluginError
from loopqa.language import text

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "loopqa.commands"


@dataclass(frozen=True)
class Offered:
    """A command that a distribution brings."""

    name: str
    origin: str  #: the distribution and its version
    entry: EntryPoint

    def to_dict(self) -> dict[str, str]:
        """An item of ``commands`` in ``loopqa.plugin.list/1``."""
        return {"name": self.name, "from": self.origin}


def offered_commands(blocked: Collection[str]) -> list[Offered]:
    """Every command of installed distributions, by name."""
    from importlib.metadata import entry_points

    found = [
        Offered(one.name, f"{one.dist.name} {one.dist.version}" if one.dist else one.value, one)
        for one in entry_points(group=GROUP)
        if one.name not in blocked
    ]
    return sorted(found, key=lambda one: (one.name, one.origin))


def foreign_command(name: str) -> click.Command | None:
    """The command of this name that a plugin brings; None where there is none.

    Raises:
        PluginError: it can't be loaded, or several plugins bring one of this name.
    """
    from loopqa.plugin.host import safe_mode_of_environment

    if safe_mode_of_environment():
        return None
    named = [one for one in offered_commands(_blocked()) if one.name == name]
    if not named:
        return None
    if len(named) > 1:
        raise PluginError(
            text(
                "several plugins bring the command '{name}': {origins}",
                name=name,
                origins=", ".join(one.origin for one in named),
            ),
            hint=text("uninstall all but one of them"),
        )
    return _contained(_loaded(named[0]), named[0])


def _blocked() -> Collection[str]:
    from loopqa.cli.options import workspace_of
    from loopqa.define.settings import load_settings

    root = workspace_of(Path.cwd())
    return () if root is None else load_settings(root).block_plugins


def _loaded(one: Offered) -> click.Command:
    from loopqa.plugin.loading import why

    try:
        command = one.entry.load()
    except (Exception, SystemExit) as error:
        raise _failed(one, why(error)) from error
    if not isinstance(command, click.Command):
        raise _failed(one, text("{thing} is no click command", thing=type(command).__name__))
    return command


def _contained(command: click.Command, one: Offered) -> click.Command:
    """The command, telling what it raises in a line instead of a traceback."""
    from loopqa.plugin.loading import why

    invoke = command.invoke

    def contained(ctx: click.Context) -> Any:
        try:
            return invoke(ctx)
        except (LoopQAError, click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            raise _failed(one, why(error)) from error

    command.invoke = contained  # type: ignore[method-assign]
    return command


def _failed(one: Offered, why: Any) -> PluginError:
    return PluginError(
        text(
            "command '{name}' of {origin} failed: {why}",
            name=one.name,
            origin=one.origin,
            why=why,
        ),
        hint=text("tell its author; LOOPQA_SAFE_MODE=1 leaves plugins out"),
    )
