"""Sentences for people, kept as data so that one record reads in English and in Chinese.

A :class:`Text` is an English template with its parameters. The template is also the key of the
Chinese catalogue (``locale/zh/*.json``), as in gettext; a test holds that no template lacks one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("en", "zh")

_current: ContextVar[str | None] = ContextVar("loopqa_language", default=None)


def language_of_environment() -> str:
    """The language a person's environment asks for: ``LOOPQA_LANG`` first, then the locale."""
    for name in ("LOOPQA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        wish = os.environ.get(name, "")
        if wish:
            return "zh" if wish.lower().startswith("zh") else "en"
    return "en"


def current_language() -> str:
    """The language in force: the innermost :func:`speaking` block, or the environment's."""
    return _current.get() or language_of_environment()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Make ``str(text)`` speak ``language`` ("en" or "zh") inside the block."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    folder = Path(__file__).parent / "locale" / language
    entries: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        entries.update(json.loads(file.read_text(encoding="utf-8")))
    return entries


@dataclass(frozen=True)
class Text:
    """One sentence: an English ``template`` with ``{named}`` places and the values for them.

    Its Chinese stands in the catalogue, or in ``zh`` where the sentence brings its own, as those of
    plugins do.

    >>> Text("{n} rows read", {"n": 3}).render("en")
    '3 rows read'
    """

    template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    zh: str = ""  #: the same template in Chinese; "": the catalogue has it

    def render(self, language: str) -> str:
        """The sentence in ``language``; parameters that are texts are rendered along."""
        template = self._template(language)
        values = {
            name: value.render(language) if isinstance(value, Text) else value
            for name, value in self.params.items()
        }
        return (
            template.format(**values) if values else template.replace("{{", "{").replace("}}", "}")
        )

    def _template(self, language: str) -> str:
        if self.zh and language == "zh":
            return self.zh
        return _catalogue(language).get(self.template, self.template)

    def __str__(self) -> str:
        return self.render(current_language())

    def to_dict(self) -> dict[str, Any]:
        """A JSON form from which :meth:`from_dict` rebuilds the same sentence."""
        own = {"zh": self.zh} if self.zh else {}
        return {
            "text": self.template,
            "with": {
                name: value.to_dict() if isinstance(value, Text) else value
                for name, value in self.params.items()
            },
            **own,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Text:
        """The sentence that :meth:`to_dict` wrote down."""
        params = {
            name: cls.from_dict(value) if isinstance(value, dict) and "text" in value else value
            for name, value in stored.get("with", {}).items()
        }
        return cls(stored["text"], params, stored.get("zh", ""))


def text(template: str, /, *, zh: str = "", **params: Any) -> Text:
    """Short for ``Text(template, params)``; the template must be a literal (a test reads them).

    A plugin, whose sentences no catalogue holds, gives its Chinese as ``zh``, with the same places.

    >>> text("{n} stars", zh="{n} 颗星", n=3).render("zh")
    '3 颗星'
    """
    return Text(template, params, zh)
