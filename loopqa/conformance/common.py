"""Checks that hold for plugins of every kind that has options."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from loopqa.conformance.case import Case, Failing
from loopqa.conformance.checking import CannotTell, Check
from loopqa.conformance.imports import heavy_imports
from loopqa.conformance.watching import offline, watched
from loopqa.errors import DefinitionError, LoopQAError, PluginError
from loopqa.language import Text, text
from loopqa.plugin.loading import why
from loopqa.plugin.secret import secret_options
from loopqa.plugin.vetting import BASES, class_breach

#: No option of any plugin is called like this.
UNKNOWN = "no_option_has_this_name"

_SECRET_NAMES = re.compile(r"(^|_)(password|passwd|secret|token|api_?key|private_key)s?$", re.I)

Use = Callable[[Any], Any]
"""Puts a made plugin to its use."""


def keeps_the_interface(case: Case) -> Iterator[Text]:
    """A subclass of its base, with everything that the host asks for."""
    bases = [base for base in BASES.values() if issubclass(case.plugin, base)]
    if not bases:
        yield text("{name} is a subclass of no kind of plugin", name=case.plugin.__name__)
    for base in bases:
        breach = class_breach(case.plugin, base)
        if breach is not None:
            yield breach


def refuses_unknown_options(case: Case) -> Iterator[Text]:
    """An option that does not exist is refused, so that a misspelt one is found."""
    try:
        case.config(**{UNKNOWN: 1})
    except DefinitionError as error:
        named = [one for one in error.problems if UNKNOWN in str(one.message)]
        if not named:
            yield text("an unknown option is refused, but the error does not name it")
        return
    yield text("an unknown option is taken in silence: let Config be a subclass of Options")


def types_its_secrets(case: Case) -> Iterator[Text]:
    """Options that are called like secrets have the type Secret."""
    hidden = secret_options(case.plugin.Config)
    for name, field in case.plugin.Config.model_fields.items():
        written = field.alias or name
        if _SECRET_NAMES.search(written) and written not in hidden:
            yield text(
                "option '{option}' sounds secret, but its type is not Secret", option=written
            )


def opens_nothing_when_made(case: Case) -> Iterator[Text]:
    """Making the plugin opens no file, no connection and no process."""
    with watched() as seen:
        case.made()
    for what in seen.reached:
        yield text("__init__ reaches outside: {what}", what=what)


def hides_its_secrets(case: Case) -> Iterator[Text]:
    """No secret stands in what the plugin or its options look like when they are printed."""
    secrets = _secrets(case)
    made = case.made()
    for shown in (repr(made), str(made), repr(made.config), str(made.config)):
        if any(one in shown for one in secrets):
            yield text("a secret can be read in what the plugin looks like when it is printed")
            return


def _secrets(case: Case) -> list[str]:
    secrets = [one for one in case.secrets() if one]
    if not secrets:
        raise CannotTell(text("it has no secret option, or none was given"))
    return secrets


def loads_little(case: Case) -> Iterator[Text]:
    """Loading the plugin brings in no library that everybody would wait for."""
    yield from heavy_imports(case.plugin)


def refuses_in_words(case: Case, use: Use) -> Iterator[Text]:
    """Each of the case's own failures ends in a deliberate error of the right kind."""
    if not case.failing:
        raise CannotTell(text("no options were named under which it must fail"))
    for what, failing in case.failing.items():
        for complaint in _complaints(case, failing, use):
            yield text("{what}: {complaint}", what=what, complaint=complaint)


def _complaints(case: Case, failing: Failing, use: Use) -> Iterator[Text]:
    error = _raised(lambda: use(case.made(**failing.options)))
    yield from wrong_error(error, failing.retryable)
    if isinstance(error, LoopQAError) and _shows_a_secret(case, failing, error):
        yield text("the error shows a secret")


def _shows_a_secret(case: Case, failing: Failing, error: LoopQAError) -> bool:
    try:
        secrets = {*case.secrets(), *case.using(**failing.options).secrets()}
    except DefinitionError:  # the options themselves were refused
        secrets = {*case.secrets()}
    return any(one and one in str(error) for one in secrets)


def wrong_error(error: Exception | None, retryable: bool | None) -> Iterator[Text]:
    """What is wrong with the error of a call that had to fail."""
    if error is None:
        yield text("it did not fail")
    elif not isinstance(error, LoopQAError):
        yield text(
            "it failed with {error}, but should raise a PluginError or DataError in words",
            error=why(error),
        )
    elif retryable is not None and not isinstance(error, PluginError):
        yield text("it raised {error} instead of PluginError", error=type(error).__name__)
    elif isinstance(error, PluginError) and retryable not in {None, error.retryable}:
        yield text("its PluginError says retryable={is_so}", is_so=str(error.retryable))


def survives_a_lost_network(case: Case, use: Use) -> Iterator[Text]:
    """Without a network the plugin says so, and that another try may help."""
    with offline() as line:
        error = _raised(lambda: use(case.made()))
    if not line.tried:
        raise CannotTell(text("it asked for no server"))
    yield from wrong_error(error, retryable=True)
    if isinstance(error, LoopQAError) and any(one and one in str(error) for one in case.secrets()):
        yield text("the error shows a secret")


def _raised(call: Callable[[], Any]) -> Exception | None:
    try:
        call()
    except Exception as error:
        return error
    return None


INTERFACE = Check(
    "interface",
    text("the class has all that the host asks for"),
    keeps_the_interface,
    needs_options=False,
)
SECRET_TYPES = Check(
    "secret-types",
    text("options that sound secret are of the type Secret"),
    types_its_secrets,
    needs_options=False,
)
LIGHT_IMPORT = Check(
    "light-import",
    text("loading it brings in no heavy library"),
    loads_little,
    needs_options=False,
)
UNKNOWN_OPTIONS = Check(
    "unknown-options", text("unknown options are refused by name"), refuses_unknown_options
)
NO_IO = Check("no-io-in-init", text("making it opens nothing"), opens_nothing_when_made)
HIDDEN_SECRETS = Check(
    "hidden-secrets", text("secrets can't be read when it is printed"), hides_its_secrets
)

WITHOUT_OPTIONS = (INTERFACE, SECRET_TYPES, LIGHT_IMPORT)
WITH_OPTIONS = (UNKNOWN_OPTIONS, NO_IO, HIDDEN_SECRETS)
