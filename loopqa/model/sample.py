"""Samples of cases drawn for review, and what came back of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from loopqa.model.cycle import Snapshot
from loopqa.model.window import Window
from loopqa.model.workflow import Sample


def sample_ref(number: int) -> str:
    """How people write a sample's id: S-2."""
    return f"S-{number}"


@dataclass(frozen=True)
class Quota:
    """One stratum of a sample."""

    stratum: str
    population: int  #: cases there were when the sample was drawn
    drawn: int


@dataclass(frozen=True)
class DrawnSample:
    """The cases of one window that were drawn for review."""

    id: int
    workflow: str
    window: Window
    revision: int  #: 1, and one more each time late cases or another rule changed the draw
    rule: Sample  #: as the workflow had it
    quotas: tuple[Quota, ...]  #: by stratum
    digest: str  #: of the population, its cases and their strata
    snapshot: Snapshot  #: the drawn cases, frozen
    drawn_at: datetime
    stale: bool = False  #: a later revision replaced it

    @property
    def population(self) -> int:
        """Cases that could have been drawn."""
        return sum(one.population for one in self.quotas)

    @property
    def drawn(self) -> int:
        """Cases that were drawn."""
        return sum(one.drawn for one in self.quotas)


@dataclass(frozen=True)
class StratumCoverage:
    """One stratum of a sample, and how much of it was reviewed."""

    stratum: str
    population: int
    drawn: int
    reviewed: int


@dataclass(frozen=True)
class Coverage:
    """What the reviews of one window cover of the cases there are."""

    sample: int  #: its id
    revision: int
    draw_from: str  #: input that the population is in
    for_input: str  #: input that the reviews come by
    per: str  #: stratum or total: what the share and the least number hold for
    at_least: int
    promised: float  #: share of the cases that is to be reviewed, 0..1
    strata: tuple[StratumCoverage, ...]
    outside: int = 0  #: cases that were reviewed though not drawn; they do not count
    outside_cases: tuple[str, ...] = ()  #: the first of these
    repeated: int = 0  #: reviews of a case that has a later one
    late: int = 0  #: cases that came in after the sample was drawn
    unweighted: str | None = None  #: dimension that another input of the same rater answers, too

    @property
    def population(self) -> int:
        """Cases there were when the sample was drawn."""
        return sum(one.population for one in self.strata)

    @property
    def drawn(self) -> int:
        """Cases that were drawn."""
        return sum(one.drawn for one in self.strata)

    @property
    def reviewed(self) -> int:
        """Drawn cases that came back reviewed."""
        return sum(one.reviewed for one in self.strata)

    @property
    def share(self) -> float:
        """Part of all cases that was reviewed, 0..1."""
        return self.reviewed / self.population

    def to_dict(self) -> dict[str, Any]:
        """The object ``sample`` of a wave's scores."""
        return {
            "id": sample_ref(self.sample),
            "revision": self.revision,
            "draw_from": self.draw_from,
            "for": self.for_input,
            "per": self.per,
            "at_least": self.at_least,
            "promised": self.promised,
            "population": self.population,
            "drawn": self.drawn,
            "reviewed": self.reviewed,
            "share": self.share,
            "strata": [asdict(one) for one in self.strata],
            "outside": self.outside,
            "outside_cases": list(self.outside_cases),
            "repeated": self.repeated,
            "late": self.late,
            "unweighted": self.unweighted,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Coverage:
        """The coverage that :meth:`to_dict` wrote down."""
        return cls(
            sample=int(document["id"].removeprefix(sample_ref(0)[:-1])),
            revision=document["revision"],
            draw_from=document["draw_from"],
            for_input=document["for"],
            per=document["per"],
            at_least=document["at_least"],
            promised=document["promised"],
            strata=tuple(StratumCoverage(**one) for one in document["strata"]),
            outside=document["outside"],
            outside_cases=tuple(document["outside_cases"]),
            repeated=document["repeated"],
            late=document["late"],
            unweighted=document["unweighted"],
        )
