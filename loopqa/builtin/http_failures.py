"""What went wrong on the way to a server, in words that show no address."""

from __future__ import annotations

from loopqa.builtin.one_line import one_line

#: Refusals after which another try may be answered otherwise (RFC 9110, RFC 8470, RFC 6585).
PATIENCE = frozenset({408, 425, 429})


def may_pass(status: int) -> bool:
    """Whether a refusal with this status may be another answer later."""
    return status >= 500 or status in PATIENCE


def why(error: BaseException) -> str:
    """What the system says, if it was asked; the library's own words may hold the address."""
    cause: BaseException | None = error
    while cause is not None:
        said = getattr(cause, "verify_message", None) or getattr(cause, "strerror", None)
        if said:
            return one_line(str(said))
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
