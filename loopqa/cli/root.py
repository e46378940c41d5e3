"""The root command: which commands there are, loaded only when called, and how errors are told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module

import click

from loopqa import __version__
from loopqa.cli.output import complain
from loopqa.errors import LoopQAError
from loopqa.language import LANGUAGES, speaking

#: name → (module, one line of help); the module is imported when the command is called.
COMMANDS = {
    "init": ("init", "Start a workspace from a template."),
    "demo": ("demo", "See the whole loop on real airport surveys."),
    "check": ("check", "Check rubrics, workflows and settings."),
    "score": ("score", "Score data files by a rubric."),
    "compare": ("compare", "Compare two windows or files and judge the change."),
    "run": ("run", "Evaluate a window of a workflow and open findings."),
    "status": ("status", "See what is open, due and overdue."),
    "finding": ("finding", "List, show, assign, annotate and dismiss findings."),
    "action": ("action", "Open, start, close and follow improvement actions."),
    "resurvey": ("resurvey", "See and steer the re-surveys of closed actions."),
    "verdict": ("verdict", "List and show verdicts."),
    "tick": ("tick", "Do everything that has fallen due."),
    "report": ("report", "Write the report of a wave."),
    "audit": ("audit", "Verify the audit chain, or print its head."),
    "db": ("db", "Upgrade or check the state database."),
    "plugins": ("plugins", "List plugins and what failed to load."),
    "rubric": ("rubric", "List and show rubrics."),
    "schema": ("schema", "Print the JSON Schema of a definition file."),
}
ALIASES = {
    "findings": "finding",
    "actions": "action",
    "resurveys": "resurvey",
    "verdicts": "verdict",
    "reports": "report",
    "plugin": "plugins",
    "rubrics": "rubric",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of a cycle."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; plural nouns work as well."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        module = import_module(f"loopqa.cli.{COMMANDS[name][0]}")
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"loopqa.cli.{COMMANDS[name][0]}.command is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, written without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="loopqa")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the talk: en or zh.")
@click.pass_context
def root(context: click.Context, lang: str | None) -> None:
    """Closed-loop service quality: detect, analyse, improve, re-evaluate.

    Start with `loopqa demo` in an empty folder, or `loopqa init --template survey`.
    """
    if lang is not None:
        context.with_resource(speaking(lang))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; errors on purpose show no traceback.

    Codes: 0 done, 1 the answer is no, 2 wrong usage, definition or data, 3 failed or partly done,
    130 interrupted.
    """
    with ExitStack() as stack:
        wish = _language_wish(arguments)
        if wish:
            stack.enter_context(speaking(wish))
        try:
            result = root.main(args=list(arguments), prog_name="loopqa", standalone_mode=False)
        except LoopQAError as error:
            complain(error)
            return error.exit_code
        except click.ClickException as error:
            error.show()
            return 2
        except (click.Abort, KeyboardInterrupt):
            return 130
        except BrokenPipeError:
            return 0
    return result if isinstance(result, int) else 0


def _language_wish(arguments: Sequence[str]) -> str | None:
    """The ``--lang`` of the call, read early so that errors speak it as well."""
    for number, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--lang=") else None
        if argument == "--lang" and number + 1 < len(arguments):
            value = arguments[number + 1]
        if value in LANGUAGES:
            return value
    return None
