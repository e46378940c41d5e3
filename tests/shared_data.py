"""Where the reference data lie that tests compare with; they are not part of the project.

``LOOPQA_SHARED`` names their folder; without it, a folder ``shared`` beside the checkout is taken.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(
    os.environ.get("LOOPQA_SHARED", Path(__file__).resolve().parents[2] / "shared")
).resolve()

needs_shared = pytest.mark.skipif(
    not (SHARED / "data" / "expected").is_dir(),
    reason=f"reference data not found in {SHARED} (set LOOPQA_SHARED)",
)


def expected(name: str) -> Any:
    """The document ``data/expected/<name>.json``."""
    return json.loads((SHARED / "data" / "expected" / f"{name}.json").read_text(encoding="utf-8"))
