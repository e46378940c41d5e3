"""Planted bugs of parts that this version does not have can't be imported."""

from __future__ import annotations

from importlib.util import find_spec

_NEEDS = {"slot_bugs.py": "loopqa.engine.scheduling", "post_bugs.py": "loopqa.engine.delivering"}
collect_ignore = [file for file, module in _NEEDS.items() if find_spec(module) is None]
