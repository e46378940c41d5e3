"""Where the rows of a database are counted, input by input, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace

ROW_BY_ROW = "row_by_row"


@dataclass(frozen=True)
class CountingPlace:
    """Where one input's rows are counted."""

    workflow: str
    input: str
    place: str  #: ``row_by_row``: each row is read, and counted here
    why: Text

    def to_dict(self) -> dict[str, Any]:
        """One entry of ``inputs`` in ``loopqa.check/1``."""
        return {
            "workflow": self.workflow,
            "input": self.input,
            "counted": self.place,
            "why": str(self.why),
        }


def counting_places(ws: Workspace) -> tuple[CountingPlace, ...]:
    """For every input of type ``sql``: where its rows are counted. Asks no database.

    Raises:
        LoopQAError: a definition is wrong.
    """
    return tuple(
        CountingPlace(workflow.id, one.id, ROW_BY_ROW, _why(ws, one.source))
        for workflow in ws.workflows().values()
        for one in workflow.inputs
        if one.source.type == "sql"
    )


def _why(ws: Workspace, spec: Any) -> Text:
    if ws.host.make_source(spec, root=ws.root).goes_on():
        return text("it is incremental, so its rows land as evidence")
    return text("its rows become evidence")
