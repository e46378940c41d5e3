"""Errors of usage, told like every other error: what is wrong, in the reader's language, and help.

Click's own messages are English sentences of varying form.
"""

from __future__ import annotations

import click

from loopqa.errors import LoopQAError, UsageError
from loopqa.language import Text, text


def told(error: click.ClickException) -> LoopQAError:
    """The error of click as one of ours, with a hint at the command's help."""
    return UsageError(_message(error), hint=_hint(error))


def _message(error: click.ClickException) -> Text:
    match error:
        case click.MissingParameter():
            return text("{what} is missing", what=_named(error))
        case click.NoSuchOption():
            return text("there is no option {option}", option=error.option_name)
        case click.BadOptionUsage() if "argument" in error.message:
            return text("{what} lacks its value", what=error.option_name)
        case click.UsageError() if (name := _unknown_command(error)) is not None:
            return text("there is no command '{name}'", name=name)
        case click.BadParameter(param=click.Parameter(type=click.Choice() as choice)):
            allowed = ", ".join(str(one) for one in choice.choices)
            return text("{what} is one of {allowed}", what=_named(error), allowed=allowed)
        case click.BadParameter(param=click.Parameter(type=click.IntRange() as span)):
            return _span(_named(error), span)
        case click.BadParameter():
            return text("{what}: {message}", what=_named(error), message=error.message)
        case _:
            return text("{message}", message=error.format_message())


def _span(what: str, span: click.IntRange) -> Text:
    if span.max is None:
        return text("{what} is a whole number of at least {least}", what=what, least=span.min)
    return text(
        "{what} is a whole number from {least} to {most}",
        what=what,
        least=span.min,
        most=span.max,
    )


def _unknown_command(error: click.UsageError) -> str | None:
    """The command that does not exist; click tells which since 8.4."""
    name = getattr(error, "command_name", None)
    return name if isinstance(name, str) else None


def _named(error: click.BadParameter) -> str:
    """The option or argument as it is written on the command line."""
    parameter = error.param
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return str(error.param_hint or "") if parameter is None else parameter.human_readable_name


def _hint(error: click.ClickException) -> Text | None:
    context = getattr(error, "ctx", None)
    if not isinstance(context, click.Context):
        return None
    near = getattr(error, "possibilities", None)
    if near:
        return text("did you mean '{name}'?", name=near[0])
    return text("see `{command} --help`", command=context.command_path)
