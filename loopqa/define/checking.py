"""``loopqa check``: every problem of all definition files in one run, across files too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.define.crossing import check_pair
from loopqa.define.explaining import Notes, in_order
from loopqa.define.fields import did_you_mean
from loopqa.define.golden import run_golden_tests
from loopqa.define.library import rubric_names, rubric_path
from loopqa.define.nodes import Document
from loopqa.define.plugin_settings import check_blocked, check_plugin_settings
from loopqa.define.rubric import load_rubric, load_with_warnings
from loopqa.define.settings import SETTINGS_FILE, settings_with_warnings
from loopqa.define.strict_yaml import read_yaml, shown
from loopqa.define.workflow import load_with_document
from loopqa.define.workspace import rubric_files, workflow_files
from loopqa.errors import DefinitionError, Place, Problem
from loopqa.language import text
from loopqa.model.rubric import Rubric
from loopqa.model.workflow import Workflow

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost


@dataclass
class _Gathered:
    """What could be read, and what is wrong with it."""

    rubrics: dict[str, tuple[Rubric, Path]] = field(default_factory=dict)
    workflows: dict[str, tuple[Workflow, Document]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  #: stems of rubric files that can't be loaded
    problems: list[Problem] = field(default_factory=list)


def check(
    paths: Sequence[Path], host: PluginHost, *, today: date | None = None
) -> tuple[Problem, ...]:
    """All problems of the files, or of all definition files in the folders, that ``paths`` names.

    Cross-file rules hold for every workflow and its rubric, which is looked for among ``paths``
    and in the workspace around the workflow. ``today``: for the warning about a late revision.
    """
    gathered = _Gathered()
    for path in _files(paths, gathered):
        _check_file(path, host, today, gathered)
    for workflow, document in gathered.workflows.values():
        _check_crossing(workflow, document, host, gathered)
    return tuple({str(problem): problem for problem in in_order(gathered.problems)}.values())


def _files(paths: Iterable[Path], gathered: _Gathered) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        found = _in_folder(path) if path.is_dir() else [path]
        if not found:
            message = text("there are no definition files in this folder")
            hint = text("start a workspace with: loopqa init")
            gathered.problems.append(Problem(message, Place(shown(path)), hint))
        files.extend(found)
    return list(dict.fromkeys(files))


def _in_folder(folder: Path) -> list[Path]:
    settings = folder / SETTINGS_FILE
    found = [settings] if settings.is_file() else []
    found += [*rubric_files(folder), *workflow_files(folder)]
    return found or sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))


def _check_file(path: Path, host: PluginHost, today: date | None, gathered: _Gathered) -> None:
    try:
        if path.name == SETTINGS_FILE:
            _take_settings(path, host, gathered)
        elif _is_workflow(path):
            _take_workflow(path, host, gathered)
        else:
            _take_rubric(path, host, today, gathered)
    except DefinitionError as error:
        gathered.broken.add(path.stem)
        gathered.problems.extend(error.problems)


def _take_settings(path: Path, host: PluginHost, gathered: _Gathered) -> None:
    settings, warnings = settings_with_warnings(path.parent)
    gathered.problems.extend(warnings)
    if settings.plugins or settings.block_plugins:
        notes = Notes(read_yaml(path, may_be_empty=True))
        check_plugin_settings(settings.plugins, host, notes)
        check_blocked(settings.block_plugins, host, notes)
        gathered.problems.extend(notes.problems)


def _is_workflow(path: Path) -> bool:
    """Whether a file is a workflow rather than a rubric.

    Raises:
        DefinitionError: it can't be read, or is neither.
    """
    document = read_yaml(path)
    keys = document.root.entries or {}
    if "workflow" in keys or ("inputs" in keys and "dimensions" not in keys):
        return True
    if "rubric" in keys or "dimensions" in keys:
        return False
    message = text("this is neither a rubric nor a workflow: it has no key 'rubric' or 'workflow'")
    near = [hint for key in keys if (hint := did_you_mean(key, ["rubric", "workflow"]))]
    hint = next((one for one in near if "name" in one.params), None)
    raise DefinitionError([Problem(message, document.place(()), hint)])


def _take_rubric(path: Path, host: PluginHost, today: date | None, gathered: _Gathered) -> None:
    rubric, warnings, document = load_with_warnings(path, host)
    gathered.problems.extend(warnings)
    gathered.problems.extend(run_golden_tests(rubric, host))
    notes = Notes(document)
    if rubric.review_by is not None and today is not None and today > rubric.review_by:
        message = text("the rubric was due for revision by {day}", day=str(rubric.review_by))
        notes.warn(("review_by",), message, text("revise it and set a new 'review_by'"))
    other = gathered.rubrics.setdefault(rubric.id, (rubric, path))[1]
    if other != path:
        message = text("{file} has the same id '{name}'", file=shown(other), name=rubric.id)
        notes.wrong(("rubric",), message)
    if path.parent.name == "rubrics" and path.stem != rubric.id:
        message = text("workflows look for rubric '{name}' in '{name}.yaml'", name=rubric.id)
        notes.warn(("rubric",), message, text("rename the file"))
    gathered.problems.extend(notes.problems)


def _take_workflow(path: Path, host: PluginHost, gathered: _Gathered) -> None:
    workflow, document, warnings = load_with_document(path, host)
    gathered.problems.extend(warnings)
    other = gathered.workflows.setdefault(workflow.id, (workflow, document))[0].path
    if other != path:
        notes = Notes(document)
        message = text("{file} has the same id '{name}'", file=shown(other), name=workflow.id)
        notes.wrong(("workflow",), message)
        gathered.problems.extend(notes.problems)


def _check_crossing(
    workflow: Workflow, document: Document, host: PluginHost, gathered: _Gathered
) -> None:
    notes = Notes(document)
    rubric = _rubric_of(workflow, host, gathered)
    if rubric is not None:
        check_pair(workflow, rubric, notes)
    elif workflow.rubric not in gathered.broken:
        known = sorted({*gathered.rubrics, *rubric_names()})
        message = text("there is no rubric '{name}'", name=workflow.rubric)
        notes.wrong(("rubric",), message, did_you_mean(workflow.rubric, known))
    gathered.problems.extend(notes.problems)


def _rubric_of(workflow: Workflow, host: PluginHost, gathered: _Gathered) -> Rubric | None:
    """The rubric a workflow names: checked along, in its workspace, or shipped."""
    if workflow.rubric in gathered.rubrics:
        return gathered.rubrics[workflow.rubric][0]
    own = workflow.path.resolve().parent.parent / "rubrics" / f"{workflow.rubric}.yaml"
    shipped = rubric_path(workflow.rubric) if workflow.rubric in rubric_names() else None
    file = own if own.is_file() else shipped
    if file is None or workflow.rubric in gathered.broken:
        return None
    try:
        return load_rubric(file, host)
    except DefinitionError as error:
        gathered.broken.add(workflow.rubric)
        gathered.problems.extend(error.problems)
        return None
