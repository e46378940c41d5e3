"""What an analysis found out: sentences and figures for people, kept with the wave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from loopqa.language import Text
from loopqa.model.cycle import Scope

Figures = Mapping[str, float | None]


@dataclass(frozen=True)
class Lead:
    """A place or a dimension that an analyser points at; whether it is the cause, people decide."""

    text: Text
    scope: Scope = ()  #: where; () is everywhere
    dimension: str | None = None  #: id of the dimension it is about
    figures: Figures = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    """What is no figure, by name: the number of a case, a word, an excerpt. For pages and programs;
    the same in every language."""


@dataclass(frozen=True)
class Insight:
    """What one analyser has to say about a finding, or about a whole wave."""

    text: Text  #: the result in one sentence, also where it is that nothing can be told
    leads: tuple[Lead, ...] = ()  #: the most important first
    notes: tuple[Text, ...] = ()  #: how to read it, and what it rests on
    figures: Figures = field(default_factory=dict)
    dimension: str | None = None  #: id of the dimension whose outcome it explains, if it is one


@dataclass(frozen=True)
class Analysis:
    """An insight as it is kept: made in one wave, about one finding or about all of the wave."""

    id: int
    wave: int
    finding: int | None  #: None: about the wave as a whole
    position: int  #: of the analyser in the workflow's ``analyse`` list, from 0
    analyser: str  #: its type
    insight: Insight
    made_at: datetime
