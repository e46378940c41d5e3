"""The base of every plugin's ``Config``: the options a user writes beside ``type`` in the YAML."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Options of a plugin; a subclass lists them as annotated fields with defaults.

    Unknown keys are errors, and the values cannot be changed afterwards. A validator that refuses
    a value raises ``ValueError(text(...))`` with a sentence for people in lower case.

    An option that changes how a source reads, and not what, is a ``Field(..., exclude=True)``: it
    may change although rows landed by its old value. Others ask for all rows to land anew.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


OptionsClass = type[Options]
"""What a plugin's ``Config`` is: a subclass of :class:`Options`."""
