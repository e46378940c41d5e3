"""Where the rows of a database are counted, input by input, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from loopqa.engine.feeds import feeds_of_workflow
from loopqa.engine.pushing import needs_rows, relation_of
from loopqa.errors import LoopQAError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.reading import Readable
    from loopqa.engine.workspace import Workspace
    from loopqa.model.workflow import Input, Workflow

ROW_BY_ROW = "row_by_row"
IN_DATABASE = "in_database"


@dataclass(frozen=True)
class CountingPlace:
    """Where one input's rows are counted."""

    workflow: str
    input: str
    place: str  #: ``row_by_row``: each row is read, and counted here; or ``in_database``
    why: Text | None  #: its rows are read; None where they are not

    def to_dict(self) -> dict[str, Any]:
        """One entry of ``inputs`` in ``loopqa.check/1``."""
        return {
            "workflow": self.workflow,
            "input": self.input,
            "counted": self.place,
            "why": str(self.why) if self.why else None,
        }


def counting_places(ws: Workspace) -> tuple[CountingPlace, ...]:
    """For every input that stands in a database: where its rows are counted. Asks no database.

    Raises:
        LoopQAError: a definition is wrong.
    """
    found = (
        _place(ws, workflow, one)
        for workflow in ws.workflows().values()
        for one in workflow.inputs
        if one.role == "cases"
    )
    return tuple(one for one in found if one is not None)


def _place(ws: Workspace, workflow: Workflow, one: Input) -> CountingPlace | None:
    (feed,) = feeds_of_workflow(replace(workflow, inputs=(one,)), ws.host, ws.root)
    try:
        counts = relation_of(feed) is not None
        rubric = ws.rubric(workflow)
        why = needs_rows(workflow, rubric, one, ws.host) if counts else _why(feed.source)
    except LoopQAError:
        # A variable of the environment that may be set where the workflow runs.
        counts, why = True, text("its address is not known here")
    if not counts and one.source.type != "sql":
        return None
    return CountingPlace(workflow.id, one.id, ROW_BY_ROW if why else IN_DATABASE, why)


def _why(source: Readable) -> Text:
    if getattr(source, "goes_on", bool)():
        return text("it is incremental, so its rows land as evidence")
    return text("its rows become evidence")
