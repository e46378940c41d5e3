"""``loopqa outbox``: what people are told, and what did not reach them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from loopqa.cli.moments import bare_minute, on_clocks
from loopqa.cli.options import Ref, json_option, workspace
from loopqa.cli.output import complain, say, table, tail, tell, tell_json
from loopqa.errors import UsageError
from loopqa.language import Text, text
from loopqa.model.timetable import Message, MessageState, message_ref
from loopqa.model.words import word

if TYPE_CHECKING:
    from loopqa.engine.outbox.letters import Letter, Shown, Trial
    from loopqa.engine.ticking.report import TickReport

MESSAGE = Ref("M")


@click.group()
def command() -> None:
    """List, show, retry and test the messages that people are told."""


@command.command("list")
@click.option(
    "--state",
    type=click.Choice(["undelivered", "all", *(state.value for state in MessageState)]),
    default="undelivered",
    help="Default: what has not been delivered.",
)
@json_option
def list_messages(state: str, as_json: bool) -> None:
    """List messages; those that are not delivered by default."""
    from loopqa.engine.documents import listing
    from loopqa.engine.outbox.letters import UNDELIVERED, letters

    states = {"undelivered": UNDELIVERED, "all": tuple(MessageState)}
    with workspace() as ws:
        shown, total = letters(ws, states.get(state) or (MessageState(state),))
        zone = ws.settings.time_zone
    if as_json:
        tell_json(listing("outbox", [one.to_dict() for one in shown], total))
        return
    if shown:
        headings = [
            text("id"),
            text("event"),
            text("about"),
            text("by"),
            text("to"),
            text("state"),
            text("tries"),
            text("next"),
        ]
        table(headings, [_row(one, zone) for one in shown], right=(6,), free=(4,))
    tail(len(shown), total, "--state all, --json")


def _row(letter: Letter, zone: str) -> list[object]:
    one = letter.message
    waits = one.state is MessageState.PENDING
    return [
        message_ref(one.id),
        letter.notice.event,
        letter.notice.about,
        one.notifier,
        one.recipient,
        word(one.state),
        one.attempts,
        bare_minute(one.next_at, zone) if waits else None,
    ]


@command.command()
@click.argument("message_id", type=MESSAGE)
@json_option
def show(message_id: int, as_json: bool) -> None:
    """Show MESSAGE_ID as its receiver gets it."""
    from loopqa.engine.outbox.letters import shown_letter

    with workspace() as ws:
        shown = shown_letter(ws, message_id)
    if as_json:
        tell_json(shown.to_dict())
        return
    _tell(shown)


def _tell(shown: Shown) -> None:
    one = shown.letter.message
    tell(
        text(
            "{message} {state}: {notifier} to {recipient}, tries: {n}",
            message=message_ref(one.id),
            state=word(one.state),
            notifier=one.notifier,
            recipient=one.recipient or "-",
            n=one.attempts,
        )
    )
    if one.failure is not None:
        tell(text("the last try: {why}", why=one.failure))
    tell(text("key {key}", key=shown.key))
    tell()
    for line in (shown.subject, "", *shown.body.splitlines()):
        tell(line)


@command.command()
@click.argument("message_ids", nargs=-1, type=MESSAGE)
@click.option("--dead", is_flag=True, help="All messages that were given up.")
@json_option
def retry(message_ids: tuple[int, ...], dead: bool, as_json: bool) -> None:
    """Have the next tick send MESSAGE_IDS again."""
    from loopqa.engine.outbox.letters import retry as again

    with workspace() as ws:
        messages = again(ws, message_ids, dead=dead)
    if as_json:
        refs = [message_ref(one.id) for one in messages]
        tell_json({"schema": "loopqa.outbox.retry/1", "retried": refs})
        return
    for one in messages:
        tell(text("{message} is sent by the next tick", message=message_ref(one.id)))
    if not messages:
        say(text("no message was given up"))


@command.command()
@click.option("--workflow", help="Its rules only.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@json_option
def test(workflow: str | None, yes: bool, as_json: bool) -> int:
    """Send a test message to everybody whom `notify` names, now."""
    from loopqa.engine.outbox.letters import trials

    with workspace() as ws:
        _agreed(yes)
        made = trials(ws, workflow)
    if as_json:
        tell_json({"schema": "loopqa.outbox.test/1", "items": [one.to_dict() for one in made]})
    else:
        _tell_trials(made)
    return 3 if any(one.error for one in made) else 0


def _agreed(yes: bool) -> None:
    """Ask on a terminal; elsewhere only ``--yes`` sends."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(text("this sends messages"), hint=text("write --yes if it may"))
    question = text("send a test message to everybody whom `notify` names?")
    click.confirm(str(question), abort=True, err=True)


def _tell_trials(made: tuple[Trial, ...]) -> None:
    for one in made:
        names = {
            "workflow": one.workflow,
            "notifier": one.notifier,
            "recipient": one.recipient or "-",
        }
        if one.error is None:
            tell(text("{workflow}: {notifier} to {recipient}: delivered", **names))
        else:
            tell(text("{workflow}: {notifier} to {recipient}: not delivered", **names))
            complain(one.error)
    if not made:
        say(text("no workflow has a rule under `notify`"))


def tell_messages(done: TickReport, zone: str) -> None:
    """What a tick delivered, and what it could not."""
    for message in done.delivered:
        tell(_delivered_line(message))
    for one in done.undelivered:
        say(_undelivered_line(one.message, zone))
        complain(one.error)


def _delivered_line(message: Message) -> Text:
    return text(
        "{message} delivered: {notifier} to {recipient}",
        message=message_ref(message.id),
        notifier=message.notifier,
        recipient=message.recipient or "-",
    )


def _undelivered_line(message: Message, zone: str) -> Text:
    if message.state is MessageState.DEAD:
        return text(
            "{message} is given up; once it is mended: loopqa outbox retry {message}",
            message=message_ref(message.id),
        )
    return text(
        "{message} could not be delivered; the next try is at {moment}",
        message=message_ref(message.id),
        moment=on_clocks(message.next_at, zone),
    )
