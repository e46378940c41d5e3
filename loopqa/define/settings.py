"""Load ``loopqa.yaml``, the settings of a workspace."""

from __future__ import annotations

import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from loopqa.define.explaining import Notes, validate
from loopqa.define.fields import did_you_mean
from loopqa.define.notifying import mail_options
from loopqa.define.plain_secrets import warn_of_password
from loopqa.define.plugin_limits import plugin_limits
from loopqa.define.strict_yaml import read_yaml
from loopqa.define.workflow_document import SettingsPart
from loopqa.errors import Problem
from loopqa.language import text
from loopqa.model.workflow import Settings

SETTINGS_FILE = "loopqa.yaml"
_BACKENDS = ("duckdb",)
_ENVIRONMENT = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


def load_settings(root: Path) -> Settings:
    """The settings of the workspace ``root``; every one has a default, the file may be absent.

    Raises:
        DefinitionError: with all problems of the file.
    """
    return settings_with_warnings(root)[0]


def settings_with_warnings(root: Path) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings, and what is worth a look in their file though nothing is wrong.

    Raises:
        DefinitionError: with all problems of the file.
    """
    path = root / SETTINGS_FILE
    if not path.exists():
        return Settings(root), ()
    document = read_yaml(path, may_be_empty=True)
    part, notes = validate(SettingsPart, document)
    _check(part, notes)
    warn_of_password(part.state, ("state",), notes)
    settings = Settings(
        root=root,
        time_zone=part.time_zone,
        languages=part.languages,
        state=_from_environment(part.state, notes),
        evidence=part.evidence,
        backend=part.backend,
        memory_limit=part.memory_limit,
        key_file=part.key_file,
        mail=None if part.mail is None else mail_options(part.mail, notes),
        plugins=part.plugins,
        block_plugins=part.block_plugins,
        plugin_limits=plugin_limits(part.plugin_limits, notes),
    )
    notes.finish()
    return settings, tuple(notes.problems)


def _check(part: SettingsPart, notes: Notes) -> None:
    if not _is_zone(part.time_zone):
        message = text("there is no time zone '{name}'", name=part.time_zone)
        close = did_you_mean(part.time_zone, sorted(available_timezones()))
        hint = close or text("use a name such as Asia/Shanghai or Europe/Berlin")
        notes.wrong(("time_zone",), message, hint)
    if part.backend not in _BACKENDS:
        message = text("there is no backend '{name}'", name=part.backend)
        hint = text(
            "leave it out: DuckDB tallies; inputs in PostgreSQL are counted there by themselves"
        )
        notes.wrong(("backend",), message, did_you_mean(part.backend, list(_BACKENDS)) or hint)
    if not re.fullmatch(r"[1-9]\d{0,6}\s*(KB|MB|GB|TB)", part.memory_limit, re.IGNORECASE):
        message = text("'{limit}' is no amount of memory", limit=part.memory_limit)
        notes.wrong(("memory_limit",), message, text("write it as 2GB"))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _from_environment(written: str, notes: Notes) -> str:
    """``written`` with ``${env:NAME}`` replaced, so that passwords need not stand in the file."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            message = text("the environment variable {name} is not set", name=name)
            notes.wrong(("state",), message)
        return os.environ.get(name, "")

    return _ENVIRONMENT.sub(value, written)
