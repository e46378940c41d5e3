"""All checks, one after the other; one that fails itself is told like anything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from loopqa.engine.doctor import files, loop, state, surroundings
from loopqa.engine.doctor.ailment import Ailment, Check, Patient, Severity, of_error
from loopqa.errors import LoopQAError
from loopqa.language import text

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace

#: Before the state is opened; they need none.
AROUND: tuple[Check, ...] = (
    surroundings.definitions,
    surroundings.plugins,
    surroundings.time_zones,
    surroundings.disk,
)
#: Of the file; where one finds an error, nothing behind it is asked.
OUTSIDE: tuple[Check, ...] = (state.presence, state.damage, state.writable)
#: Of what the state holds; they need a reader.
INSIDE: tuple[Check, ...] = (
    state.laws,
    loop.re_surveys,
    loop.tickers,
    loop.slots,
    loop.messages,
    loop.workflows,
    files.evidence,
    files.key,
    files.backups,
    surroundings.clock,
)


@dataclass(frozen=True)
class Examination:
    """What was found, the worst first."""

    ailments: tuple[Ailment, ...]
    deep: bool

    @property
    def well(self) -> bool:
        """Whether nothing needs anybody's care; notes do not."""
        return all(one.severity is Severity.NOTE for one in self.ailments)

    @property
    def blind(self) -> bool:
        """Whether something could not be looked at."""
        return any(one.unseen for one in self.ailments)

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.doctor/1``."""
        return {
            "schema": "loopqa.doctor/1",
            "well": self.well,
            "could_not_look": self.blind,
            "deep": self.deep,
            "ailments": [one.to_dict() for one in self.ailments],
        }


def examine(ws: Workspace, *, deep: bool = False) -> Examination:
    """Look at everything; nothing is made, upgraded or changed.

    ``deep`` also reads all evidence and every page of the database.
    """
    patient = Patient(ws, deep)
    found = [one for check in AROUND for one in _asked(check, patient)]
    found += _state_of(patient)
    order = list(Severity)
    return Examination(tuple(sorted(found, key=lambda one: order.index(one.severity))), deep)


def _state_of(patient: Patient) -> Iterator[Ailment]:
    from loopqa.store.keeping import inspecting  # noqa: PLC0415 - sqlmodel is slow to import

    with ExitStack() as open_ones:
        try:
            state = open_ones.enter_context(inspecting(patient.ws.settings.state, patient.ws.root))
        except LoopQAError as error:
            yield from of_error("state", error)
            return
        patient = replace(patient, state=state)
        for check in OUTSIDE:
            found = tuple(_asked(check, patient))
            yield from found
            if any(one.severity is Severity.ERROR for one in found):
                return
        if state is None or state.schema() != state.newest_schema:
            return
        patient = replace(patient, reader=open_ones.enter_context(state.reading()))
        for check in INSIDE:
            yield from _asked(check, patient)


def _asked(check: Check, patient: Patient) -> Iterator[Ailment]:
    """The answers of one check; an error of its own is one of them."""
    name = check.__name__
    try:
        yield from check(patient)
    except LoopQAError as error:
        yield from of_error(name, error)
    except Exception as bug:  # the other checks go on
        what = text(
            "the check '{name}' could not end: {error}",
            name=name,
            error=f"{type(bug).__name__}: {bug}",
        )
        todo = text("what it looks at may be damaged: compare with a backup")
        yield Ailment(name, Severity.ERROR, what, todo, unseen=True)
