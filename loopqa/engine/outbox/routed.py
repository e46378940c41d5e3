"""Where a notice goes: the rules of the workflow that it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loopqa.calc.loop.routing import UNADDRESSED, Address, addresses
from loopqa.errors import DefinitionError, UsageError
from loopqa.model.cycle import Notice

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace


class Routes:
    """Where the notices of one transaction go: rules are looked up once, however many they take.

    So all that is written together follows the same rules, even if somebody edits them meanwhile.
    """

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._known: dict[tuple[str, str], Sequence[Address]] = {}  # by event and workflow

    def __call__(self, notice: Notice) -> Sequence[Address]:
        """Where ``notice`` goes; see :func:`routed`."""
        asked = notice.event, notice.workflow
        if asked not in self._known:
            self._known[asked] = routed(self._ws, notice)
        return self._known[asked]


def routed(ws: Workspace, notice: Notice) -> Sequence[Address]:
    """Where ``notice`` goes; a file that is wrong holds up its messages, and never their cause.

    One message without an address stands for them until the file is mended.
    """
    try:
        return addressed(ws, notice)
    except DefinitionError:
        return (Address(UNADDRESSED, None),)


def addressed(ws: Workspace, notice: Notice) -> Sequence[Address]:
    """Where ``notice`` goes; nowhere where its workflow is gone, as its rules are gone with it.

    Raises:
        DefinitionError: the workflow's file is wrong, so nobody can say who is to be told.
    """
    if not notice.workflow:
        return ()
    try:
        workflow = ws.workflow(notice.workflow)
    except UsageError:
        return ()
    return addresses(notice.event, workflow.notify)
