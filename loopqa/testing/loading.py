"""Bringing a plugin into its test."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import cast

from loopqa.plugin.loading import load_file


def loaded(file: str | Path) -> ModuleType:
    """The module of a plugin file, loaded as the host loads it.

    A relative path starts at the nearest folder above the calling test that has such a file, so
    that tests run from anywhere.

    Raises:
        FileNotFoundError: there is no such file.
    """
    caller = Path(sys._getframe(1).f_code.co_filename)
    for folder in (*caller.parents, Path.cwd()):
        if (folder / file).is_file():
            return cast("ModuleType", load_file(folder / file))
    raise FileNotFoundError(str(file))
