"""Source ``visit_forms``: mystery-shopper visits, one JSON file each, from a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from loopqa.plugin import (
    BadRow,
    Bookmark,
    DataError,
    Item,
    Options,
    Place,
    ReadContext,
    Rejected,
    Source,
    hookimpl,
    text,
)

LOOPQA_API = "1.0"

Row = dict[str, Any]

#: Forms are read in groups of so many, with a bookmark behind each.
GROUP = 500


class VisitFormsOptions(Options):
    """Options of the source ``visit_forms``."""

    path: str = "visits"  #: the folder; relative ones start at the workspace
    id: str = Field(default="visit", min_length=1)  #: the field with the number of the visit
    answers: str = "answers"  #: the field that holds the answers, if they stand apart


@dataclass(frozen=True, order=True)
class Form:
    """One file, ordered by when it came."""

    came: int  #: nanoseconds; of a file that was copied here with an old date, when it was copied
    name: str  #: relative to the workspace
    path: Path


class VisitForms(Source):
    """Reads each form once, and again when it was changed."""

    type = "visit_forms"
    summary = text(
        "mystery-shopper visits from a folder of JSON forms",
        zh="从存放 JSON 表单的文件夹中读取神秘顾客访问",
    )
    Config = VisitFormsOptions
    config: VisitFormsOptions
    incremental = True

    def check(self) -> None:
        """The folder is there and holds a form."""
        if not self._forms():
            raise DataError(
                text("the folder holds no *.json form", zh="文件夹中没有 *.json 表单"),
                place=Place(self.config.path),
            )

    def read(self, context: ReadContext) -> Iterator[Item]:
        """The forms that came after the bookmark, each as a batch of one, so that it is named."""
        forms = [form for form in self._forms() if _is_new(form, context.state or {})]
        for start in range(0, len(forms), GROUP):
            group = forms[start : start + GROUP]
            for form in group:
                yield self._row(form)
            yield _bookmark(forms[: start + len(group)], context.state or {})
            context.progress(self.config.path, start + len(group), len(forms))

    def _forms(self) -> list[Form]:
        folder = self.root / self.config.path
        if not folder.is_dir():
            raise DataError(
                text("there is no such folder", zh="没有这个文件夹"),
                place=Place(self.config.path),
            )
        found = (path for path in folder.rglob("*.json") if path.is_file())
        return sorted(Form(path.stat().st_ctime_ns, self._name(path), path) for path in found)

    def _name(self, path: Path) -> str:
        inside = path.is_relative_to(self.root)
        return (path.relative_to(self.root) if inside else path).as_posix()

    def _row(self, form: Form) -> Item:
        try:
            row = self._fields(_content(form.path))
        except BadRow as bad:
            return Rejected(form.name, 1, bad.column, bad.value, bad.why.template)
        return [{**row, "_id": row[self.config.id], "_file": form.name, "_row": 1}]

    def _fields(self, content: Mapping[str, Any]) -> Row:
        """One flat row of a form."""
        answers = content.get(self.config.answers)
        apart = answers if isinstance(answers, dict) else {}
        row = {
            name: value
            for name, value in [*content.items(), *apart.items()]
            if not isinstance(value, (dict, list))
        }
        if row.get(self.config.id) in (None, ""):
            raise BadRow(self.config.id, text("the form has no number", zh="表单没有编号"))
        return {**row, self.config.id: str(row[self.config.id])}


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        raise BadRow(None, text("the form is no JSON", zh="表单不是 JSON")) from None
    if not isinstance(content, dict):
        raise BadRow(None, text("the form is no object", zh="表单不是一个对象"))
    return content


def _is_new(form: Form, state: Mapping[str, Any]) -> bool:
    """Whether it came after the bookmark; clocks are coarse, so several may come at one instant."""
    after = state.get("came", -1)
    return form.came > after or (form.came == after and form.name not in state["names"])


def _bookmark(read: Sequence[Form], state: Mapping[str, Any]) -> Bookmark:
    """How far the reading has come: the latest instant, and the forms that came at it."""
    came = read[-1].came
    names = [form.name for form in read if form.came == came]
    before = state["names"] if state.get("came") == came else []
    return Bookmark({"came": came, "names": [*before, *names]})


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source of this package."""
    return [VisitForms]
