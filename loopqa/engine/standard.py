"""A rubric made ready for use, from a path, a name or a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.define.library import rubric_path
from loopqa.define.rubric import load_rubric
from loopqa.define.workflow import load_workflow
from loopqa.model.rubric import Rubric
from loopqa.model.workflow import Workflow
from loopqa.plugin.host import PluginHost, builtin_host

if TYPE_CHECKING:
    from loopqa.model.coding import Scheme


@dataclass(frozen=True)
class Standard:
    """A rubric ready for use: with its schemes, and the workflow that says how data is read."""

    rubric: Rubric
    schemes: Mapping[str, Scheme]
    host: PluginHost
    workflow: Workflow | None = None


def standard(
    rubric: Rubric | Path | str,
    *,
    workflow: Workflow | Path | str | None = None,
    host: PluginHost | None = None,
) -> Standard:
    """Load what was given as a path or as the name of a shipped rubric."""
    chosen = host or builtin_host()
    loaded = rubric if isinstance(rubric, Rubric) else load_rubric(rubric_file(rubric), chosen)
    flow = (
        workflow
        if workflow is None or isinstance(workflow, Workflow)
        else load_workflow(Path(workflow), chosen)
    )
    return Standard(loaded, chosen.schemes(loaded), chosen, flow)


def rubric_file(rubric: Path | str) -> Path:
    """The file a person means: a path, or the name of a shipped rubric."""
    path = Path(rubric)
    if path.is_file() or path.suffix in {".yaml", ".yml"}:
        return path
    return rubric_path(str(rubric))
