"""Help in the reader's language: what a command says of itself, and click's own words around it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from copy import copy
from typing import TypeVar

import click

from loopqa.cli.folding import folded
from loopqa.language import Text, current_language, text

Command = TypeVar("Command", bound=click.Command)

HELP_NAMES = ["-h", "--help"]
#: ``[default: 1000; x>=1]``, which click writes behind the help of an option.
EXTRA = re.compile(r"(?:^|  )\[(?P<items>[^\[\]]+)\]$")


def translated(command: Command) -> Command:
    """The command with its help in the language in force; ``command`` itself stays in English."""
    if current_language() == "en":
        return command
    spoken = copy(command)
    spoken.context_class = _Context
    spoken.options_metavar = str(text("[OPTIONS]"))
    spoken.help = said(command.help or "")
    spoken.short_help = spoken.help.partition("\n\n")[0]  # click's own would be cut at a blank
    spoken.params = [_translated_option(one) for one in command.params]
    click.help_option(*HELP_NAMES, help=str(text("Show this message and exit.")))(spoken)
    if isinstance(spoken, click.Group):
        spoken.subcommand_metavar = str(text("COMMAND [ARGS]..."))
        spoken.commands = {name: translated(one) for name, one in spoken.commands.items()}
    return spoken


def said(words: str) -> str:
    """A help text in the language in force, paragraph by paragraph."""
    return "\n\n".join(Text(template).render(current_language()) for template in paragraphs(words))


def paragraphs(words: str) -> list[str]:
    """A help text as the catalogue holds it: its paragraphs, each on one line."""
    return [" ".join(one.split()) for one in inspect.cleandoc(words).split("\n\n") if one]


def _translated_option(parameter: click.Parameter) -> click.Parameter:
    spoken = copy(parameter)
    if isinstance(spoken, click.Option) and spoken.help:
        spoken.help = said(spoken.help)
    return spoken


class _Formatter(click.HelpFormatter):
    """Says click's own words in the language in force, and folds Chinese where it may be folded."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line."""
        super().write_usage(prog, args, prefix or str(text("Usage: ")))

    def write_heading(self, heading: str) -> None:
        """The heading of a section."""
        words = {"Options": text("Options:"), "Commands": text("Commands:")}
        self.write(f"{'':>{self.current_indent}}{words.get(heading, heading)}\n")

    def write_text(self, text: str) -> None:
        """Paragraphs."""
        super().write_text(_kept(text, self.width - self.current_indent))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """A list of options or commands with what they do."""
        listed = [(name, EXTRA.sub(_extra, words)) for name, words in rows]
        first = min(max(len(name) for name, _ in listed), col_max) + col_spacing
        columns = max(self.width - first - 2, 10)
        shown = [(name, _kept(words, columns)) for name, words in listed]
        super().write_dl(shown, col_max, col_spacing)


class _Context(click.Context):
    formatter_class = _Formatter


def _kept(words: str, columns: int) -> str:
    """Folded paragraphs, each marked as one that click must not fold again."""
    if not words:
        return words
    return "\n\n".join("\b\n" + "\n".join(folded(one, columns)) for one in words.split("\n\n"))


def _extra(found: re.Match[str]) -> str:
    return "（" + "；".join(str(_item(one)) for one in found["items"].split("; ")) + "）"


def _item(item: str) -> Text | str:
    name, _, value = item.partition(": ")
    if name == "default":
        return text("default: {value}", value=value)
    return text("required") if item == "required" else item
