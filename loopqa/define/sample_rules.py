"""What must hold of the inputs between which a sample goes to and fro."""

from __future__ import annotations

from loopqa.define.explaining import Notes
from loopqa.language import text
from loopqa.model.workflow import Input, Workflow


def check_sample(workflow: Workflow, notes: Notes) -> None:
    """Note inputs that can't be drawn from, or that no review could be matched in."""
    rule = workflow.sample
    if rule is None:
        return
    known = {one.id: one for one in workflow.inputs}
    for key, name in (("draw_from", rule.draw_from), ("for", rule.for_input)):
        if name in known:
            _input(key, known[name], notes)
    if not rule.share and not rule.at_least:
        notes.wrong(("sample",), text("a sample of 0 % and of no least number draws nothing"))
    if rule.draw_from == rule.for_input:
        notes.wrong(
            ("sample", "for"),
            text("reviews come by an input of their own, not by the one that is drawn from"),
        )
    elif rule.for_input in known:
        _own_strata(known[rule.for_input], notes)


def _input(key: str, one: Input, notes: Notes) -> None:
    if one.role != "cases":
        notes.wrong(("sample", key), text("input '{name}' holds no cases", name=one.id))
    elif "case" not in one.map:
        notes.wrong(
            ("inputs", one.id),
            text("the sample goes by case numbers, and 'map' does not say where they are"),
            text("add `case: <column>` to the input's `map`"),
            key=True,
        )


def _own_strata(one: Input, notes: Notes) -> None:
    """Strata that the file names itself would speak against those of the draw."""
    named = [role for role in ("stratum", "population") if role in one.map]
    if named:
        notes.wrong(
            ("inputs", one.id, "map", named[0]),
            text("strata and their sizes come from the sample; take '{name}' out", name=named[0]),
        )
