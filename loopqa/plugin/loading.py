"""Finding plugins and bringing their code in, one by one; what fails is told, not raised."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from hashlib import sha256
from importlib import import_module
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from time import perf_counter
from typing import Any

from loopqa.errors import LoopQAError, Place
from loopqa.language import Text, text
from loopqa.plugin.trace import following

#: The plugins that come with LoopQA. Nobody imports them; they are loaded by these names.
BUILTIN = (
    "loopqa.builtin.source_csv",
    "loopqa.builtin.source_excel",
    "loopqa.builtin.source_http_json",
    "loopqa.builtin.source_jsonl",
    "loopqa.builtin.source_parquet",
    "loopqa.builtin.source_sql",
    "loopqa.builtin.scoring_levels",
    "loopqa.builtin.scoring_numbers",
    "loopqa.builtin.detectors",
    "loopqa.builtin.control_chart",
    "loopqa.builtin.analyser_slices",
    "loopqa.builtin.analyser_drivers",
    "loopqa.builtin.analyser_themes",
    "loopqa.builtin.analyser_cases",
    "loopqa.builtin.notifier_console",
    "loopqa.builtin.notifier_file",
    "loopqa.builtin.notifier_email",
    "loopqa.builtin.notifier_webhook",
    "loopqa.builtin.section_sign_off",
    "loopqa.builtin.section_questionnaire",
)


class Origin(StrEnum):
    """Where a plugin comes from, in the order of looking."""

    BUILT_IN = "built_in"
    INSTALLED = "installed"  #: behind an entry point of an installed distribution
    WORKSPACE = "workspace"  #: a file of the workspace's folder ``plugins``


#: Distributions announce plugins under this entry-point group.
ENTRY_POINTS = "loopqa"


@dataclass(frozen=True)
class PluginFailure:
    """A plugin, or one of its classes, that cannot be used; all others work on."""

    name: str
    origin: str  #: the file, the distribution, or the module
    reason: Text


@dataclass(frozen=True)
class Offer:
    """A plugin that was found and can be loaded."""

    name: str
    origin: str
    load: Callable[[], Any]  #: brings the code in; may raise anything
    kind: Origin = Origin.WORKSPACE
    version: str | None = None  #: of the distribution
    file: Path | None = None  #: of a workspace's plugin

    def written(self) -> str:
        """The text of its file, as far as there is one that can be read."""
        try:
            return self.file.read_text(encoding="utf-8", errors="replace") if self.file else ""
        except OSError:
            return ""


@dataclass(frozen=True)
class Found:
    """A plugin that was found, whatever became of it."""

    name: str
    origin: str
    kind: Origin
    version: str | None = None  #: of its distribution, or what the file says of itself
    milliseconds: float = 0.0  #: it took to load
    hooks: tuple[str, ...] = ()
    blocked: bool = False

    @classmethod
    def of(cls, offer: Offer, *, blocked: bool = False) -> Found:
        """What is known before it is loaded."""
        return cls(offer.name, offer.origin, offer.kind, offer.version, blocked=blocked)


@dataclass(frozen=True)
class Loaded:
    """A plugin whose code has been brought in."""

    name: str
    origin: str
    module: Any  #: a module, or any object with hook functions


def builtin_offers() -> Iterator[Offer]:
    """The plugins that come with LoopQA."""
    for module in BUILTIN:
        name = module.rpartition(".")[2]
        yield Offer(name, module, partial(import_module, module), Origin.BUILT_IN)


def installed_offers() -> Iterator[Offer]:
    """Plugins of installed distributions; looking for them takes about 100 ms."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, seldom needed

    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        version = entry.dist.version if entry.dist else None
        package = f"{entry.dist.name} {version}" if entry.dist else entry.value
        yield Offer(entry.name, package, entry.load, Origin.INSTALLED, version)


def workspace_offers(root: Path) -> Iterator[Offer]:
    """Plugins of a workspace: the Python files of its folder ``plugins``, by name."""
    for file in sorted((root / "plugins").glob("*.py")):
        if not file.name.startswith(("_", ".")):
            origin = f"plugins/{file.name}"
            yield Offer(file.stem, origin, partial(load_file, file), Origin.WORKSPACE, None, file)


def load_file(file: Path) -> Any:
    """Run one Python file as a module of its own; raises whatever the file raises.

    The module stays in ``sys.modules`` (pydantic and dataclasses look their annotations up there)
    under a name that no other workspace's file of the same name shares. It is compiled anew each
    time: a cached version could be older than the file.
    """
    name = f"loopqa_plugin_{file.stem}_{sha256(str(file.resolve()).encode()).hexdigest()[:8]}"
    spec = spec_from_loader(name, loader=None, origin=str(file))
    if spec is None:
        raise ImportError(str(file))
    module = module_from_spec(spec)
    module.__file__ = str(file)
    sys.modules[name] = module
    try:
        exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def bring_in(offer: Offer) -> tuple[Loaded | PluginFailure, Found]:
    """Load one plugin; an exception, or an attempt to exit, becomes a failure."""
    began = perf_counter()
    outcome = _brought_in(offer)
    took = (perf_counter() - began) * 1000
    own = getattr(getattr(outcome, "module", None), "__version__", None)
    version = offer.version or (own if isinstance(own, str) else None)
    return outcome, replace(Found.of(offer), version=version, milliseconds=took)


def _brought_in(offer: Offer) -> Loaded | PluginFailure:
    try:
        with following(offer.name, "load"):
            return Loaded(offer.name, offer.origin, offer.load())
    except (Exception, SystemExit) as error:
        return PluginFailure(offer.name, offer.origin, why(error))


def why(error: BaseException, within: str | None = None) -> Text:
    """What went wrong in foreign code, with the line where it did; of file ``within`` if it can."""
    if isinstance(error, LoopQAError):
        return error.reason
    if isinstance(error, SyntaxError):
        return text(
            "syntax error in line {line}: {message}", line=error.lineno or "?", message=error.msg
        )
    return text(
        "{error} at {place}: {message}",
        error=type(error).__name__,
        place=place_of(error, within),
        message=str(error) or "-",
    )


def place_of(error: BaseException, within: str | None = None) -> str:
    """File and line in which something was raised; of file ``within`` if it can."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == within]
    last = next(reversed(own or frames), None)
    return str(Place(Path(last.filename).name, last.lineno)) if last else "?"
