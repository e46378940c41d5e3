"""Sentences in columns of plain text, kept with their parameters: every language reads them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Dialect, String, TypeDecorator

from loopqa.language import Text, text
from loopqa.store.json_values import canonical, to_plain


class Sentence(TypeDecorator[Text]):
    """A :class:`~loopqa.language.Text` as its JSON; words that are not JSON stand for themselves.

    The first release wrote such columns as plain words in the language of the process.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """What is stored."""
        return None if value is None else canonical(to_plain(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Text | None:
        """What was stored."""
        return None if value is None else _read(value)


def _read(value: str) -> Text:
    try:
        return Text.from_dict(json.loads(value))
    except (ValueError, TypeError, KeyError):
        return text("{why}", why=value)
