"""What a plugin refuses, noted where the definition names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from loopqa.define.explaining import Notes
from loopqa.define.nodes import Path_
from loopqa.errors import DefinitionError, LoopQAError


@contextmanager
def noting(at: Path_, notes: Notes) -> Iterator[None]:
    """Note what a plugin refuses, at its own place or at its type."""
    try:
        yield
    except DefinitionError as error:
        notes.problems.extend(error.problems)
    except LoopQAError as error:
        problem = error.problems[0]
        notes.wrong((*at, "type"), problem.message, problem.hint)
