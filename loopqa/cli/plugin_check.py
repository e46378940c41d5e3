"""``loopqa plugins check``: whether a plugin does what the interface promises for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loopqa.cli.options import json_option, pairs, workspace_of
from loopqa.cli.output import table, tell, tell_json
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.conformance.checking import Outcome
    from loopqa.conformance.subjects import Subject, Subjects

RESULTS = {"ok": text("ok"), "wrong": text("wrong")}

NAMED = 6  #: checks that are skipped for one reason are named up to this number

SILENT = 60.0  #: seconds; somebody waits here, other than for the readings of a run

Checked = Sequence[tuple["Subject", Sequence["Outcome"]]]


@click.command("check")
@click.argument("name")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="OPTION=VALUE",
    help="An option of the plugin; without those that it needs, fewer rules can be checked.",
)
@json_option
def check_plugin(name: str, settings: tuple[str, ...], as_json: bool) -> int:
    """Check whether NAME keeps the rules of the interface: a plugin, a type, or a file.

    A source is read, several times; no notifier sends anything. Exit 1: a rule is broken.
    """
    from loopqa.conformance.subjects import subjects
    from loopqa.model.plugin_limits import PluginLimits
    from loopqa.plugin.host import PluginHost
    from loopqa.report.safe_html import safe

    root = workspace_of(Path.cwd())
    options = {option: values[-1] for option, values in pairs(settings, "--set").items()}
    host = PluginHost(root, limits=PluginLimits(silent=SILENT))
    found = subjects(host, name, Path.cwd())
    checked = [
        (one, list(one.outcomes(options, root or Path.cwd(), safe))) for one in found.classes
    ]
    if as_json:
        tell_json(_document(found, checked))
    else:
        _tell(found, checked)
    return 0 if _is_sound(found, checked) else 1


def _is_sound(found: Subjects, checked: Checked) -> bool:
    return not found.failures and all(one.state != "wrong" for _, many in checked for one in many)


def _tell(found: Subjects, checked: Checked) -> None:
    for failure in found.failures:
        tell(text("error: {problem}", problem=failure.reason))
    if not found.classes and not found.failures:
        hooks = ", ".join(found.hooks)
        tell(text("it could be loaded, and has only hooks to be called: {hooks}", hooks=hooks))
    for subject, outcomes in checked:
        tell(text("{kind} {type}", kind=subject.noun, type=subject.type))
        told = [one for one in outcomes if one.untold is None]
        headings = [text("check"), text("result"), text("what it says")]
        table(headings, [row for one in told for row in _rows(one)], free=(2,))
        for line in _skipped(outcomes):
            tell(line)
        tell(_summary(outcomes))


def _rows(outcome: Outcome) -> Iterable[Sequence[Any]]:
    """One line a check; where it found several things wrong, one for each."""
    said = outcome.wrong or (outcome.check.rule,)
    yield outcome.check.name, RESULTS[outcome.state], said[0]
    for more in said[1:]:
        yield "", "", more


def _skipped(outcomes: Sequence[Outcome]) -> Iterable[Text]:
    """One line for each reason why something could not be told."""
    reasons: dict[str, list[str]] = {}
    for one in outcomes:
        if one.untold is not None:
            reasons.setdefault(str(one.untold), []).append(one.check.name)
    for reason, names in reasons.items():
        if len(names) > NAMED:
            yield text("skipped {n} checks: {reason}", n=len(names), reason=reason)
        else:
            yield text("skipped {names}: {reason}", names=", ".join(names), reason=reason)


def _summary(outcomes: Sequence[Outcome]) -> Text:
    states = [one.state for one in outcomes]
    return text(
        "{ok} ok, {wrong} wrong, {skipped} skipped",
        ok=states.count("ok"),
        wrong=states.count("wrong"),
        skipped=states.count("skipped"),
    )


def _document(found: Subjects, checked: Checked) -> dict[str, Any]:
    return {
        "schema": "loopqa.plugin.check/1",
        "name": found.name,
        "sound": _is_sound(found, checked),
        "failures": [str(one.reason) for one in found.failures],
        "classes": [
            {
                "kind": subject.kind,
                "type": subject.type,
                "checks": [_entry(one) for one in outcomes],
            }
            for subject, outcomes in checked
        ],
    }


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "check": outcome.check.name,
        "rule": str(outcome.check.rule),
        "state": outcome.state,
        "wrong": [str(one) for one in outcome.wrong],
        "reason": None if outcome.untold is None else str(outcome.untold),
    }
