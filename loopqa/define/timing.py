"""Whether a date format means anything, told before anybody waits for it."""

from __future__ import annotations

import re

#: What strptime understands and can tell a day by.
_DIRECTIVES = re.compile(r"%[aAwdbBmyYHIpMSfzZjUWcxX%]|[^%]+")


def is_date_format(form: str) -> bool:
    """Whether a strptime format can read a day.

    >>> [is_date_format(one) for one in ("%d/%m/%Y %H:%M", "%Q", "day")]
    [True, False, False]
    """
    return "%" in form and "".join(_DIRECTIVES.findall(form)) == form
