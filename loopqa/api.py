"""The Python API: ``from loopqa import score, compare, plan, Workspace``."""

from __future__ import annotations

from loopqa.engine.evaluate import compare, score
from loopqa.engine.planning import plan
from loopqa.engine.workspace import Workspace

__all__ = ["Workspace", "compare", "plan", "score"]
