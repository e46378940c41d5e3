"""All planted bugs."""

from __future__ import annotations

from tests.reliability.simulator.loop_bugs import LOOP_BUGS
from tests.reliability.simulator.post_bugs import POST_BUGS
from tests.reliability.simulator.slot_bugs import SLOT_BUGS

BUGS = (*LOOP_BUGS, *SLOT_BUGS, *POST_BUGS)
