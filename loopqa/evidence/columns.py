"""Which of the planned columns an input has, and the error that names all it lacks at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from loopqa.errors import DataError, Place
from loopqa.evidence.batches import Raw
from loopqa.hints import nearest
from loopqa.language import Text, text


@dataclass(frozen=True)
class Wish:
    """A column that is wanted: by which source names, and for what."""

    candidates: tuple[str, ...]
    purpose: str  #: an indicator's key, a role or a kept column's name
    optional: bool = False  #: cases make sense without it

    @property
    def name(self) -> str:
        """The column as messages call it."""
        return self.candidates[0] if self.candidates else self.purpose


@dataclass
class Presence:
    """Keeps track of where wanted columns were found, file by file."""

    found: set[Wish] = field(default_factory=set)
    lacking: dict[Wish, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    def look_up(self, wish: Wish, raw: Raw) -> str | None:
        """The column of this batch that fulfils the wish, or None."""
        column = raw.find(wish.candidates)
        if column is None:
            self.lacking.setdefault(wish, {})[raw.file] = raw.names
        else:
            self.found.add(wish)
        return column

    @property
    def nowhere(self) -> list[Wish]:
        """What no file of the input has though it must."""
        return [wish for wish in self.lacking if wish not in self.found and not wish.optional]

    def warnings(self) -> tuple[Text, ...]:
        """One sentence per column that some files have and others lack."""
        return tuple(
            text(
                "{files}: no column '{column}'; these rows count as without an answer",
                files=", ".join(files),
                column=wish.name,
            )
            for wish, files in self.lacking.items()
            if wish in self.found or wish.optional
        )


def missing_columns(
    wishes: list[Wish], presence: Presence, known: Sequence[str] | None = None
) -> DataError:
    """The error for columns that are nowhere; names each, and the nearest existing ones.

    ``known``: all columns of the source, where its batches hold only the wanted ones.
    """
    file, names = next(iter(presence.lacking[wishes[0]].items()))
    labels = [
        one.name if one.name == one.purpose else f"{one.name} ({one.purpose})" for one in wishes
    ]
    return DataError(
        text("no column {columns}", columns=", ".join(labels))
        if len(wishes) == 1
        else text("no columns {columns}", columns=", ".join(labels)),
        place=Place(file),
        hint=_hint(wishes, tuple(known or names)),
    )


def _hint(wishes: list[Wish], names: tuple[str, ...]) -> Text:
    near = [(one.name, nearest(one.name, names)) for one in wishes]
    pairs = [f"{found} ({wanted})" for wanted, found in near if found]
    if pairs:
        return text(
            "did you mean {nearest}? name the right column in the workflow's `map` or with --map",
            nearest=", ".join(pairs),
        )
    return text(
        "the columns are {names}; name the right one in the workflow's `map` or with --map",
        names=_some(names),
    )


def _some(names: tuple[str, ...], most: int = 20) -> str:
    return ", ".join(names[:most]) + (" ..." if len(names) > most else "")
