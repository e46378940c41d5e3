"""Who is told of an event: from the ``notify`` rules of a workflow to single addresses."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ALL = "all"  #: in ``on``: every event
ANY_OF = ".*"  #: at the end of an entry of ``on``: every event that begins so
UNADDRESSED = "?"  #: in place of a notifier: nobody can say yet where the message goes


@dataclass(frozen=True)
class Address:
    """One recipient of one rule."""

    notifier: str  #: type of the plugin that sends
    recipient: str | None  #: one entry of ``to``; None where the rule has none
    options: Mapping[str, Any] = field(default_factory=dict)  #: as written, without ``to``
    mark: str = ""  #: tells it from another one of the same notifier and recipient

    def key(self, notice: str) -> str:
        """The key of the message that takes the notice of this key here."""
        return "|".join(filter(None, (notice, self.notifier, self.recipient or "-", self.mark)))


def addresses(event: str, rules: Sequence[Mapping[str, Any]]) -> tuple[Address, ...]:
    """Where a notice of ``event`` goes; each address once, however many rules name it.

    A rule holds ``on`` (events), ``type`` and the options of the notifier, ``to`` among them.

    >>> rule = {"on": ["action.*"], "type": "email", "to": ["li@example.com", "wu@example.com"]}
    >>> [one.recipient for one in addresses("action.overdue", [rule])]
    ['li@example.com', 'wu@example.com']
    >>> addresses("verdict.reached", [rule])
    ()
    """
    found = [one for rule in rules if wants(rule["on"], event) for one in addresses_of(rule)]
    single = {_identity(one): one for one in found}
    alike = Counter((one.notifier, one.recipient) for one in single.values())
    return tuple(
        one if alike[one.notifier, one.recipient] == 1 else _marked(one) for one in single.values()
    )


def wants(on: Sequence[str], event: str) -> bool:
    """Whether a rule with these entries is about ``event``."""
    return any(
        one in (ALL, event) or (one.endswith(ANY_OF) and event.startswith(one[:-1])) for one in on
    )


def addresses_of(rule: Mapping[str, Any]) -> tuple[Address, ...]:
    """All addresses of one rule, whatever the event."""
    options = {name: value for name, value in rule.items() if name not in ("on", "type", "to")}
    to = rule.get("to")
    recipients = [to] if to is None or isinstance(to, str) else list(to)
    return tuple(Address(rule["type"], one, options) for one in dict.fromkeys(recipients))


def _identity(one: Address) -> str:
    return json.dumps([one.notifier, one.recipient, one.options], sort_keys=True, default=str)


def _marked(one: Address) -> Address:
    mark = hashlib.sha256(_identity(one).encode()).hexdigest()[:12]
    return Address(one.notifier, one.recipient, one.options, mark)
