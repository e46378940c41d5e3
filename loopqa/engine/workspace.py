"""A workspace: one folder with its definitions, its evidence and its state."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from loopqa.calc.loop.calendar import local_day
from loopqa.define.library import rubric_names, rubric_path
from loopqa.define.rubric import load_rubric
from loopqa.define.settings import load_settings
from loopqa.define.workflow import load_workflow
from loopqa.define.workspace import find_root, workflow_files
from loopqa.engine.clock import Clock, clock_of_environment
from loopqa.engine.definitions import ReadOnce
from loopqa.engine.listeners import tell_listeners
from loopqa.engine.lost_state import refuse_to_forget
from loopqa.engine.outbox.routed import Routes
from loopqa.engine.standard import Standard
from loopqa.errors import DefinitionError, NotYetSupported, UsageError
from loopqa.language import Text, text
from loopqa.model.rubric import Rubric
from loopqa.plugin.host import PluginHost

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from loopqa.evidence.backend import Backend
    from loopqa.model.workflow import Settings, Workflow
    from loopqa.store.door import Reader, Store, Writer


def actor_of_environment() -> str:
    """Who acts: ``LOOPQA_ACTOR``, or the login name; "unknown" where there is none."""
    named = os.environ.get("LOOPQA_ACTOR")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@dataclass
class Workspace:
    """An open workspace; use it as a context manager, or call :meth:`close`.

    State, evidence and plugins are opened when they are first needed.
    """

    settings: Settings
    clock: Clock
    actor: str

    @classmethod
    def open(
        cls, start: Path | str = ".", *, clock: Clock | None = None, actor: str | None = None
    ) -> Self:
        """Open the workspace that ``start`` lies in (the nearest folder with a ``loopqa.yaml``).

        Raises:
            UsageError: no folder upwards holds one.
            DefinitionError: ``loopqa.yaml`` is wrong.
        """
        settings = load_settings(find_root(Path(start)))
        return cls(
            settings,
            clock or clock_of_environment(settings.time_zone),
            actor or actor_of_environment(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the state and the engine, if they were opened."""
        for name in ("store", "backend"):
            resource = self.__dict__.pop(name, None)
            if resource is not None:
                resource.close()

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self.settings.root

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """The current calendar day in the workspace's time zone."""
        return self.clock.today(self.settings.time_zone)

    def day_of(self, moment: datetime) -> date:
        """The calendar day of an instant in the workspace's time zone."""
        return local_day(moment, self.settings.time_zone)

    @cached_property
    def host(self) -> PluginHost:
        """The plugins of this workspace."""
        return PluginHost(
            self.root,
            blocked=self.settings.block_plugins,
            defaults={"mail": self.settings.mail or {}},
            options=self.settings.plugins,
            limits=self.settings.plugin_limits,
        )

    @cached_property
    def store(self) -> Store:
        """The state; created or upgraded at first use.

        Raises:
            RunFailed: it is gone, though there is evidence of its waves.
        """
        from loopqa.store.door import Store  # noqa: PLC0415 - sqlmodel is slow to import

        return Store.open(
            self.settings.state, root=self.root, beginning=partial(refuse_to_forget, self.evidence)
        )

    @cached_property
    def backend(self) -> Backend:
        """The engine that tallies."""
        from loopqa.evidence.backend import Backend  # noqa: PLC0415 - ibis is slow to import

        return Backend(memory_limit=self.settings.memory_limit)

    @cached_property
    def key(self) -> bytes:
        """The key of this workspace's pseudonyms, created at first use."""
        from loopqa.evidence.keys import load_or_create_key  # noqa: PLC0415 - loads pyarrow

        return load_or_create_key(self.root / self.settings.key_file)

    @property
    def evidence(self) -> Path:
        """The folder of snapshots."""
        return self.root / self.settings.evidence

    def reading(self) -> AbstractContextManager[Reader]:
        """A consistent view of the state."""
        return self.store.reading()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction: all of it or nothing, under this workspace's clock and actor.

        Plugins that listen are told of it once it is committed.
        """
        with self.store.writing(
            actor=self.actor,
            now=self.now(),
            pinned=self.clock.pinned,
            routing=Routes(self),
        ) as writer:
            yield writer
        tell_listeners(self, writer.entered)

    @cached_property
    def _read_workflow(self) -> ReadOnce[Workflow]:
        return ReadOnce(lambda path: load_workflow(path, self.host))

    @cached_property
    def _read_rubric(self) -> ReadOnce[Rubric]:
        return ReadOnce(lambda path: load_rubric(path, self.host))

    def workflows(self) -> Mapping[str, Workflow]:
        """All workflows of the workspace by id.

        Raises:
            DefinitionError: one of the files is wrong.
        """
        loaded = [self._read_workflow(file) for file in workflow_files(self.root)]
        return {workflow.id: workflow for workflow in loaded}

    def sound_workflows(self) -> Mapping[str, Workflow]:
        """The workflows by id; those whose file is wrong are left out."""
        found: dict[str, Workflow] = {}
        for file in workflow_files(self.root):
            with suppress(DefinitionError):
                workflow = self._read_workflow(file)
                found[workflow.id] = workflow
        return found

    def workflow(self, workflow_id: str) -> Workflow:
        """The workflow with this id; that another one's file is wrong does not matter to it.

        Raises:
            UsageError: there is none; the hint names those there are.
            DefinitionError: none was found, and a file is wrong, so it may be that one.
        """
        wrong: DefinitionError | None = None
        for file in workflow_files(self.root):
            try:
                workflow = self._read_workflow(file)
            except DefinitionError as error:
                wrong = wrong or error
                continue
            if workflow.id == workflow_id:
                return workflow
        if wrong is not None:
            raise wrong
        raise UsageError(
            text("there is no workflow '{name}' in this workspace", name=workflow_id),
            hint=_known_workflows(self.workflows()),
        )

    def only_workflow(self) -> str:
        """The id of the only workflow.

        Raises:
            UsageError: there is none, or there are several.
        """
        known = sorted(self.workflows())
        if len(known) != 1:
            raise UsageError(
                text("this workspace has {n} workflows; say which one", n=len(known)),
                hint=_known_workflows(dict.fromkeys(known)),
            )
        return known[0]

    def rubric(self, workflow: Workflow) -> Rubric:
        """The rubric that a workflow names: the workspace's own, or a shipped one."""
        own = self.root / "rubrics" / f"{workflow.rubric}.yaml"
        if not own.exists() and workflow.rubric in rubric_names():
            own = rubric_path(workflow.rubric)
        return self._read_rubric(own)

    def standard(self, workflow: Workflow) -> Standard:
        """The workflow with its rubric and schemes, ready to evaluate.

        Raises:
            NotYetSupported: it names something this version can't carry out.
        """
        rubric = self.rubric(workflow)
        refuse_what_is_not_built(workflow, rubric)
        return Standard(rubric, self.host.schemes(rubric), self.host, workflow)


def _known_workflows(known: Mapping[str, Any]) -> Text:
    if not known:
        return text("put one in workflows/, or start with `loopqa init --template survey`")
    return text("its workflows are {names}", names=", ".join(sorted(known)))


def not_built(workflow: Workflow, rubric: Rubric) -> tuple[str, ...]:
    """What of valid definitions this version can't carry out, by its name in the YAML."""
    wishes = {
        "re_evaluate: from: survey": workflow.re_evaluate.source == "survey",
        "re_evaluate: ask": workflow.re_evaluate.ask is not None,
    }
    return tuple(name for name, wished in wishes.items() if wished)


def refuse_what_is_not_built(workflow: Workflow, rubric: Rubric) -> None:
    """Say plainly what can't be carried out, all at once, instead of ignoring it.

    Raises:
        NotYetSupported: the workflow or the rubric uses such a thing.
    """
    names = not_built(workflow, rubric)
    if not names:
        return
    raise NotYetSupported(
        text(
            "workflow '{workflow}' uses what this version can't carry out yet: {names}",
            workflow=workflow.id,
            names=", ".join(names),
        ),
        hint=text(
            "there is no survey page yet: name an input, whose first complete window after the "
            "due date is read"
        )
        if any(name.startswith("re_evaluate") for name in names)
        else text("prepare the data beforehand and leave this out"),
    )
