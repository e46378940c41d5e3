"""Whether a cron line and a date format mean anything, told before anybody waits for them."""

from __future__ import annotations

import re

#: Fields of a cron line: minute, hour, day of month, month, day of week.
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec", "sun mon tue wed thu fri sat"
_PART = re.compile(r"(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[1-9]\d{0,2}))?")

#: What strptime understands and can tell a day by.
_DIRECTIVES = re.compile(r"%[aAwdbBmyYHIpMSfzZjUWcxX%]|[^%]+")


def is_cron(line: str) -> bool:
    """Whether a line of five fields can ever come due.

    >>> [is_cron(one) for one in ("0 6 4 * *", "*/15 8-18 * * mon-fri", "99 * * * *", "@daily")]
    [True, True, False, False]
    """
    fields = line.split()
    return len(fields) == len(_RANGES) and all(
        all(_is_part(part, at) for part in field.split(",")) for at, field in enumerate(fields)
    )


def _is_part(part: str, at: int) -> bool:
    match = _PART.fullmatch(part.lower())
    if match is None:
        return False
    ends = [_number(one, at) for one in (match["low"], match["high"]) if one is not None]
    low, high = _RANGES[at]
    return all(one is not None and low <= one <= high for one in ends)


def _number(written: str, at: int) -> int | None:
    if written.isdecimal() and len(written) < 3:
        return int(written)
    names = _NAMES[at - 3].split() if at >= 3 else []
    return names.index(written) + (at == 3) if written in names else None


def is_date_format(form: str) -> bool:
    """Whether a strptime format can read a day.

    >>> [is_date_format(one) for one in ("%d/%m/%Y %H:%M", "%Q", "day")]
    [True, False, False]
    """
    return "%" in form and "".join(_DIRECTIVES.findall(form)) == form
