"""The state itself: there, readable, writable, undamaged, and within its laws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from loopqa.engine.doctor.ailment import Ailment, Patient, Severity
from loopqa.engine.lost_state import has_frozen_cases
from loopqa.language import Text, text


def presence(patient: Patient) -> Iterator[Ailment]:
    """Whether there is a state where there should be one, with a schema that we know."""
    ws, state = patient.ws, patient.state
    schema = None if state is None else state.schema()
    if schema is None:
        if has_frozen_cases(ws.evidence):
            what = text("the state is gone, though there is evidence of waves")
            yield Ailment("state", Severity.ERROR, what, _restore())
        else:
            what = text("there is no state yet")
            yield Ailment("state", Severity.NOTE, what, text("next: loopqa run"))
    elif state is not None and schema != state.newest_schema:
        what = text(
            "the state has schema {found}; this version writes {known}",
            found=schema,
            known=state.newest_schema,
        )
        todo = text("the next command upgrades it, or: loopqa db upgrade")
        yield Ailment("state", Severity.NOTE, what, todo)


def _restore() -> Text:
    return text("`loopqa db restore FILE` brings the last backup back")


def damage(patient: Patient) -> Iterator[Ailment]:
    """What the database finds wrong with its own file."""
    if patient.state is None:
        return
    for line in patient.state.damage(deep=patient.deep):
        what = text("{file}: damaged: {what}", file=patient.state.where, what=line)
        yield Ailment("state", Severity.ERROR, what, _restore())


def writable(patient: Patient) -> Iterator[Ailment]:
    """Whether the state can be changed."""
    if patient.state is not None:
        patient.state.try_writing()
    yield from ()


_ELSE = text("compare with a backup: somebody changed rows by hand, or this is a bug to report")
_REMEDY: Mapping[str, Text] = {
    "leases": text("run `loopqa tick`: it takes the work back"),
    "in_action": text("open an action for it, or dismiss it"),
    "chain": text("compare with a backup; reports before that entry hold heads that still fit"),
}


def laws(patient: Patient) -> Iterator[Ailment]:
    """Every law of the state, the audit chain among them."""
    from loopqa.store.laws import check_contents, check_laws  # noqa: PLC0415 - loads sqlmodel

    if patient.reader is None:
        return
    found = check_laws(patient.reader, patient.ws.now())
    if patient.deep:
        found += check_contents(patient.reader)
    for breach in found:
        yield Ailment(
            "laws", Severity.ERROR, breach.said, _REMEDY.get(breach.law, _ELSE), breach.since
        )
