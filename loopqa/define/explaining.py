"""From pydantic's findings to our own sentences with places; and a note pad for further ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from loopqa.define.cutting import cut_names
from loopqa.define.fields import Wrong, did_you_mean, kind_of
from loopqa.define.nodes import Document, Path_
from loopqa.define.yaml_repair import put_in_quotes, wide_colon
from loopqa.errors import DefinitionError, Place, Problem
from loopqa.language import Text, text

Model = TypeVar("Model", bound=BaseModel)


class Notes:
    """The problems found in one document so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.flagged: set[tuple[str | int, ...]] = set()  #: paths of what is wrong

    def wrong(
        self, path: Path_, message: Text, hint: Text | None = None, *, key: bool = False
    ) -> None:
        """Note that the value (or with ``key``, the key) at ``path`` is wrong."""
        self._add(path, message, hint, key=key, warning=False)

    def warn(self, path: Path_, message: Text, hint: Text | None = None) -> None:
        """Note something worth a look that does not make the file wrong."""
        self._add(path, message, hint, key=False, warning=True)

    def _add(
        self, path: Path_, message: Text, hint: Text | None, *, key: bool, warning: bool
    ) -> None:
        place = self.document.key_place(path) if key else self.document.place(path)
        problem = Problem(message, place, hint, warning)
        if not warning:
            self.flagged.add(tuple(path))
        if problem not in self.problems:
            self.problems.append(problem)

    def is_flagged_below(self, path: Path_) -> bool:
        """Whether something at or below ``path`` is known to be wrong."""
        return any(one[: len(path)] == tuple(path) for one in self.flagged)

    def locate(self, path: Path_) -> Callable[[Path_], Place]:
        """Finds the places of a plugin's options, which start at ``path``."""

        def place(option: Path_) -> Place:
            whole = (*path, *option)
            here = self.document.find(whole)
            return self.document.place(whole) if here.scalar else self.document.key_place(whole)

        return place

    def finish(self) -> None:
        """Stop here if anything was wrong.

        Raises:
            DefinitionError: with every problem noted, in the order of the file.
        """
        errors = [problem for problem in self.problems if not problem.warning]
        if errors:
            raise DefinitionError(in_order(errors))


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """The problems sorted by file, line and column."""

    def position(problem: Problem) -> tuple[str, int, int]:
        place = problem.place or Place("")
        column = place.column if isinstance(place.column, int) else 0
        return (place.file, place.line or 0, column)

    return sorted(problems, key=position)


def validate(
    model: type[Model], document: Document, also_known: Mapping[str, Sequence[str]] | None = None
) -> tuple[Model, Notes]:
    """The document as ``model``, and notes with what is wrong but could be passed over.

    Unknown fields and wrong values are noted and left out, so that the rules between the parts
    are tried in the same run. ``also_known``: field names of shorthands by model name.

    Raises:
        DefinitionError: with a problem, a place and where possible a hint for every mistake, when
            too much is wrong to go on.
    """
    notes = Notes(document)
    for problem in cut_names(document):
        notes.problems.append(problem)
    content = document.root.content
    while True:
        try:
            return model.model_validate(content), notes
        except ValidationError as error:
            found = error.errors(include_url=False)
            for details in _without_echoes(found):
                _explain(details, notes, model, also_known or {})
            if not all(_left_out(content, details) for details in found):
                raise DefinitionError(in_order(notes.problems)) from None


def _without_echoes(found: Sequence[Any]) -> list[Any]:
    """Without "measures nothing" where a misspelt field is the reason for it."""
    strays = [one["loc"][:-1] for one in found if one["type"] == "extra_forbidden"]

    def echo(details: Any) -> bool:
        path = details["loc"]
        return path[-1:] == ("measure",) and any(stray in (path[:-1], path[:2]) for stray in strays)

    return [one for one in found if not echo(one)]


def _left_out(content: Any, details: Any) -> bool:
    """Take a wrong leaf out of the content; False where nothing sensible would be left.

    Weights stay: what they add up to can't be judged without them.
    """
    path = details["loc"]
    if details["type"] not in ("extra_forbidden", "value_error") or "weight" in path:
        return False
    parent = None
    here = content
    for step in path:
        if isinstance(here, dict) and step in here:
            parent, last, here = here, step, here[step]
        elif isinstance(here, list):
            return False
    if parent is None or last != path[-1] or path[0] == "blend":
        return False
    if details["type"] == "value_error" and not isinstance(here, str):
        return False
    del parent[last]
    return True


def _explain(
    details: Any, notes: Notes, model: type[BaseModel], also_known: Mapping[str, Sequence[str]]
) -> None:
    path, kind = details["loc"], details["type"]
    if kind == "extra_forbidden":
        known = _fields_at(model, path[:-1], also_known)
        message = text("unknown field '{field}' in {where}", field=path[-1], where=where(path[:-1]))
        notes.wrong(
            path, message, _cut_off(notes, path) or did_you_mean(str(path[-1]), known), key=True
        )
    elif kind == "missing":
        message = text("{where} lacks '{field}'", where=where(path[:-1]), field=path[-1])
        notes.wrong(path[:-1], message, key=True)
    elif path and path[-1] == "[key]":
        notes.wrong(path[:-1], _cause(details).message, _cause(details).hint, key=True)
    else:
        _explain_value(details, path, notes)


def _cut_off(notes: Notes, path: Path_) -> Text | None:
    """The hint for a "field" that is the tail of an unquoted text with a comma in braces."""
    node = notes.document.find(path)
    if node.scalar != "" or node.style or " " not in str(path[-1]):
        return None
    return text("a comma ends a value inside '{{ }}': put the whole text in quotes")


def _explain_value(details: Any, path: Path_, notes: Notes) -> None:
    cause = _cause(details)
    node = notes.document.find(path)
    if node.scalar and "：" in node.scalar and not node.style and kind_is_shape(details["type"]):
        place = notes.document.place(path)
        notes.problems.append(wide_colon(place, put_in_quotes(node.scalar)))
        return
    hint = cause.hint
    if node.style in (">", "|") and node.line <= len(notes.document.lines):
        eaten = notes.document.lines[node.line - 1][node.column - 1 :].strip()
        hint = put_in_quotes(eaten)
    message = text("{where}: {message}", where=where(path), message=cause.message)
    notes.wrong(path, message, hint, key=node.scalar is None)


def kind_is_shape(kind: str) -> bool:
    """Whether pydantic's error says that a mapping or list was expected."""
    return kind.endswith("_type")


def _cause(details: Any) -> Wrong:
    """The mistake in our words; pydantic's own kinds are few, because our fields speak."""
    error = details.get("ctx", {}).get("error")
    if isinstance(error, Wrong):
        return error
    got = kind_of(details["input"])
    match details["type"]:
        case "dict_type" | "model_type" | "model_attributes_type" | "mapping_type":
            return Wrong(text("expected a mapping (key: value), got {kind}", kind=got))
        case "list_type" | "tuple_type":
            return Wrong(text("expected a list, got {kind}", kind=got))
        case "too_short":
            return Wrong(text("expected at least one entry, got nothing"))
        case _:
            return Wrong(text("this value is not allowed here, got {kind}", kind=got))


def where(path: Path_) -> Text:
    """The part of the file that ``path`` names, in words."""
    match list(path):
        case []:
            return text("the file")
        case ["dimensions", name]:
            return text("dimension '{name}'", name=name)
        case ["dimensions", name, "indicators", indicator]:
            return text("indicator '{name}'", name=f"{name}.{indicator}")
        case ["inputs", name]:
            return text("input '{name}'", name=name)
        case [*_, str(name)]:
            return _inside(path, name)
        case [*above, position]:
            return text("entry {n} of {where}", n=int(position) + 1, where=where(above))
    return text("the file")


def _inside(path: Path_, name: str) -> Text:
    above = next(
        (
            path[:n]
            for n in (4, 2)
            if len(path) > n
            and path[0] in ("dimensions", "inputs")
            and (n == 2 or path[2] == "indicators")
        ),
        None,
    )
    if above is None:
        return text("'{name}'", name=name)
    return text("'{name}' of {where}", name=name, where=where(above))


def _fields_at(
    model: type[BaseModel], path: Path_, also_known: Mapping[str, Sequence[str]]
) -> list[str]:
    kind: Any = model
    for step in path:
        kind = _below(kind, step) or kind
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    own = [field.alias or name for name, field in kind.model_fields.items()]
    return list(dict.fromkeys([*own, *also_known.get(kind.__name__, ())]))


def _below(kind: Any, step: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if step in (name, field.alias):
                return _bare(field.annotation)
        return getattr(kind, "further", None)
    if get_origin(kind) is dict:
        return _bare(get_args(kind)[1])
    if get_origin(kind) in (list, tuple):
        return _bare(get_args(kind)[0])
    return None


def _bare(kind: Any) -> Any:
    """``kind`` without Annotated and without its "or None"."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    members = [one for one in get_args(kind) if one is not type(None)]
    if type(None) in get_args(kind) and len(members) == 1:
        return _bare(members[0])
    return kind
