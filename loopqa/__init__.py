"""LoopQA: closed-loop service quality, from ratings to a proven improvement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loopqa.api import Workspace, compare, plan, score

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__", "compare", "plan", "score"]


def __getattr__(name: str) -> Any:
    """Load the Python API on first use, so that ``loopqa --help`` stays light."""
    if name in {"Workspace", "compare", "plan", "score"}:
        from loopqa import api  # noqa: PLC0415

        return getattr(api, name)
    raise AttributeError(f"module 'loopqa' has no attribute {name!r}")
