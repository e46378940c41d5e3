"""Where a notice goes: the rules of the workflow that it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loopqa.calc.loop.routing import Address, addresses
from loopqa.errors import UsageError
from loopqa.model.cycle import Notice

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace


def routed(ws: Workspace, notice: Notice) -> Sequence[Address]:
    """Where ``notice`` goes; nowhere where its workflow is gone, as its rules are gone with it.

    Raises:
        DefinitionError: the workflow's file is wrong, so nobody can say who is to be told. What
            caused the notice is not written then, either: it is done once the file is mended.
    """
    if not notice.workflow:
        return ()
    try:
        workflow = ws.workflow(notice.workflow)
    except UsageError:
        return ()
    return addresses(notice.event, workflow.notify)
