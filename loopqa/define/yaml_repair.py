"""What to say where YAML itself can't be read, and how to read on after the mistake."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from loopqa.errors import Place, Problem
from loopqa.language import Text, text

_VALUE = re.compile(r"(?P<head>\s*(?:- +)*[^\s'\"#{\[][^:'\"{\[]*?:[ ]+)(?P<value>\S.*?)\s*")
_ITEM = re.compile(r"(?P<head>\s*(?:- +)+)(?P<value>\S.*?)\s*")
_WIDE = re.compile(r"(?P<head>\s*(?:- +)*[^\s'\"#:：{\[][^:：'\"#]*)：\s*(?P<value>.*)")
_TIGHT = re.compile(r"(?P<head>\s*(?:- +)*[A-Za-z_][\w-]*):(?P<value>[^\s/:].*)")


@dataclass(frozen=True)
class Finding:
    """A syntax mistake, and the line as it was probably meant (None: reading can't go on)."""

    problem: Problem
    line: int  #: counted from 0
    repaired: str | None = None


def explain(error: yaml.MarkedYAMLError, lines: Sequence[str], file: str) -> Finding:
    """Say in our words what a YAML error means, with its place."""
    number = min(error.problem_mark.line if error.problem_mark else 0, max(len(lines) - 1, 0))
    for candidate in (number, number - 1):
        if 0 <= candidate < len(lines):
            found = _on_line(lines[candidate], candidate, file, at_error=candidate == number)
            if found:
                return found
    return _structure(error, number, lines, file)


def _on_line(line: str, number: int, file: str, *, at_error: bool) -> Finding | None:
    looks = (_tab, _wide_colon, _eaten_value, _tight_colon)
    for look in looks if at_error else (_wide_colon, _tight_colon):
        found = look(line, number, file)
        if found:
            return found
    return None


def _tab(line: str, number: int, file: str) -> Finding | None:
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" not in indent:
        return None
    place = Place(file, number + 1, indent.index("\t") + 1)
    hint = text("indent with blanks, two for each level")
    problem = Problem(text("a tab is used to indent; YAML does not allow that"), place, hint)
    return Finding(problem, number, indent.replace("\t", "  ") + line.lstrip())


def _wide_colon(line: str, number: int, file: str) -> Finding | None:
    match = _WIDE.fullmatch(line)
    if not match:
        return None
    head, value = match["head"], match["value"]
    place = Place(file, number + 1, len(head) + 1)
    hint = text(
        "write '{line}'; if the colon belongs to the name, put the name in quotes",
        line=f"{head.strip()}: {value}".strip(),
    )
    return Finding(wide_colon(place, hint), number, f"{head}: {value}")


def wide_colon(place: Place, hint: Text) -> Problem:
    """A full-width colon stands where YAML wants ``:`` and a blank."""
    return Problem(text("full-width colon '：' where YAML needs ':' and a blank"), place, hint)


def _eaten_value(line: str, number: int, file: str) -> Finding | None:
    match = _VALUE.fullmatch(line) or _ITEM.fullmatch(line)
    if not match:
        return None
    head, value = match["head"], match["value"].partition(" #")[0].rstrip()
    if not _is_eaten(value):
        return None
    place = Place(file, number + 1, len(head) + 1)
    meant = quoted(value)
    problem = Problem(
        text("YAML can't read the value {value}", value=value), place, put_in_quotes(value)
    )
    return Finding(problem, number, head + meant)


def _is_eaten(value: str) -> bool:
    """Whether YAML gives a meaning of its own to a sign in this value."""
    if value[0] in ">|@`%*&!":
        return True
    if value[0] in "'\"":
        return bool(re.match(r"(\"[^\"]*\"|'[^']*') ", value))
    return value[0] not in "[{" and _second_colon(value)


def _second_colon(value: str) -> bool:
    return bool(re.search(r":(\s|$)", value))


def quoted(value: str) -> str:
    """``value`` as a quoted YAML scalar; quotes it already had go inside."""
    inner = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"' if '"' not in value else "'" + value.replace("'", "''") + "'"


def put_in_quotes(value: str) -> Text:
    """The hint that repairs most eaten values."""
    return text("put it in quotes: {quoted}", quoted=quoted(value))


def _tight_colon(line: str, number: int, file: str) -> Finding | None:
    match = _TIGHT.fullmatch(line)
    if not match:
        return None
    place = Place(file, number + 1, len(match["head"]) + 1)
    meant = f"{match['head']}: {match['value']}"
    hint = text("write '{line}'", line=meant.strip())
    return Finding(Problem(text("a blank is missing after the colon"), place, hint), number, meant)


def _structure(
    error: yaml.MarkedYAMLError, number: int, lines: Sequence[str], file: str
) -> Finding:
    what = f"{error.context or ''} | {error.problem or ''}"
    message, hint, opening = _sentence(what)
    mark = error.context_mark if opening and error.context_mark else error.problem_mark
    if "flow" in what and mark and " #" in "".join(lines[mark.line : mark.line + 1]):
        hint = text("a blank and '#' begin a comment: put the text in quotes")
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    return Finding(Problem(message, place, hint), number)


def _sentence(what: str) -> tuple[Text, Text | None, bool]:
    """Message, hint, and whether the place is where the broken thing was opened."""
    if "quoted scalar" in what:
        return text("a quote is opened here and not closed"), None, True
    if "flow mapping" in what or "flow sequence" in what:
        return (
            text("a bracket is opened here and not closed"),
            text("every '{{' needs its '}}', every '[' its ']', and commas between the parts"),
            True,
        )
    if "simple key" in what:
        return text("this line is neither 'key: value' nor part of the line above"), None, True
    if "block" in what or "mapping values" in what or "sequence entries" in what:
        return (
            text("the indentation or the place of this part is wrong"),
            text("parts of the same level start in the same column; text with ': ' needs quotes"),
            False,
        )
    if "tag" in what:
        return text("YAML tags ('!...') are not allowed"), text("put it in quotes"), False
    if "directive" in what:
        return text("YAML directives ('%...') are not allowed"), text("put it in quotes"), False
    return text("YAML can't read this"), text("put values with special signs in quotes"), False
