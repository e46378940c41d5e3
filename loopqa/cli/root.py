"""The root command: which commands there are, loaded only when called, and how errors are told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from typing import Any

import click

from loopqa import __version__
from loopqa.cli.misuse import told
from loopqa.cli.output import complain
from loopqa.cli.translated import HELP_NAMES, said, translated
from loopqa.errors import LoopQAError
from loopqa.language import LANGUAGES, speaking

#: name → (module, one line of help); the module is imported when the command is called.
COMMANDS = {
    "init": ("init", "Start a workspace from a template or a file of your own."),
    "demo": ("demo", "See the whole loop, on real data or beside a known truth."),
    "check": ("check", "Check rubrics, workflows and settings."),
    "score": ("score", "Score data files by a rubric."),
    "compare": ("compare", "Compare two windows or files and judge the change."),
    "plan": ("plan", "See which change can be seen with how many answers."),
    "prove": ("prove", "See how often verdicts are wrong, on simulated worlds."),
    "run": ("run", "Evaluate a window of a workflow and open findings."),
    "status": ("status", "See what is open, due and overdue."),
    "finding": ("finding", "List, show, assign, annotate and dismiss findings."),
    "action": ("action", "Open, start, close and follow improvement actions."),
    "resurvey": ("resurvey", "See and steer the re-surveys of closed actions."),
    "verdict": ("verdict", "List and show verdicts."),
    "tick": ("tick", "Do everything that has fallen due."),
    "outbox": ("outbox", "List, show, retry and test the messages that people are told."),
    "schedule": ("schedule", "See what runs by itself, when, and what came of it."),
    "worker": ("worker", "Tick by itself, for as long as it lives."),
    "sample": ("sample", "Draw cases for review, and hand reviewers their list."),
    "report": ("report", "Write the report of a wave."),
    "db": ("db", "Back up, restore, upgrade and check the state."),
    "doctor": ("doctor", "Find everything that is broken, and say what to do."),
    "audit": ("audit", "Verify the audit chain, or print its head."),
    "plugins": ("plugins", "List plugins and their options, and what failed to load."),
    "rubric": ("rubric", "List and show rubrics."),
    "schema": ("schema", "Print the JSON Schema of a definition file."),
}
ALIASES = {
    "findings": "finding",
    "actions": "action",
    "resurveys": "resurvey",
    "verdicts": "verdict",
    "reports": "report",
    "samples": "sample",
    "schedules": "schedule",
    "plugin": "plugins",
    "rubrics": "rubric",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command runs."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that has gone (`loopqa ... | head`) is no failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return 0

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of a cycle."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; plural nouns work as well, and commands of plugins."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            from loopqa.cli.foreign import foreign_command

            return foreign_command(name)
        module = import_module(f"loopqa.cli.{COMMANDS[name][0]}")
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"loopqa.cli.{COMMANDS[name][0]}.command is no click command")
        return translated(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, written without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said(line)) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": HELP_NAMES})
@click.version_option(__version__, prog_name="loopqa")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the talk: en or zh.")
def root(lang: str | None) -> None:
    """Closed-loop service quality: detect, analyse, improve, re-evaluate.

    Start with `loopqa demo` in an empty folder, or with your own data: `loopqa init --from FILE`.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; errors on purpose show no traceback.

    Codes: 0 done, 1 the answer is no, 2 wrong usage, definition or data, 3 failed or partly done,
    130 interrupted.
    """
    wish, rest = _language_wish(arguments)
    with speaking(wish) if wish else nullcontext():
        try:
            result = translated(root).main(args=rest, prog_name="loopqa", standalone_mode=False)
        except LoopQAError as error:
            complain(error)
            return error.exit_code
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            return 2
        except click.ClickException as error:
            complain(told(error))
            return 2
        except (click.Abort, KeyboardInterrupt):
            return 130
    return result if isinstance(result, int) else 0


def _language_wish(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The ``--lang`` of the call, wherever it stands, and the arguments without it.

    It is read before anything else, so that errors of usage speak it as well.
    """
    rest = list(arguments)
    for number, argument in enumerate(rest):
        name, equals, value = argument.partition("=")
        if argument == "--":
            break
        if name == "--lang" and equals and value in LANGUAGES:
            return value, rest[:number] + rest[number + 1 :]
        if argument == "--lang" and rest[number + 1 : number + 2] in [[one] for one in LANGUAGES]:
            return rest[number + 1], rest[:number] + rest[number + 2 :]
    return None, rest
