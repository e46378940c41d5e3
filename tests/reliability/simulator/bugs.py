"""All planted bugs of what this version has."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from tests.reliability.simulator.loop_bugs import LOOP_BUGS
from tests.reliability.simulator.planting import Bug


def _of(module: str, name: str, needs: str) -> tuple[Bug, ...]:
    if find_spec(needs) is None:
        return ()
    found: tuple[Bug, ...] = getattr(import_module(f"tests.reliability.simulator.{module}"), name)
    return found


BUGS = (
    *LOOP_BUGS,
    *_of("slot_bugs", "SLOT_BUGS", "loopqa.engine.scheduling"),
    *_of("post_bugs", "POST_BUGS", "loopqa.engine.delivering"),
)
