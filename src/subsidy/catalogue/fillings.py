"""Texts of lower levels that fill what another text delegates: a county's own table, one TOML file beside the policies.

Such a file is called ``<version>.fill.toml``. It has no facts and no outcome: only a head, a source and one parameter.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from .companion import Companion, CompanionHead
from .head import Source
from .keys import NAME, Clause, Document, Name, ShareNumber, TableValues

MARK: Final = "fill"


class Filled(Document):
    """What takes the place of a delegated parameter: a `value`, or `values` by its keys, with the clause."""

    value: ShareNumber | None = None
    values: TableValues | None = None
    clause: Clause


class FillingDocument(Document):
    """A text that fills one parameter of another policy, named ``policy id#parameter``."""

    language: Literal[1]
    implements: Annotated[str, StringConstraints(pattern=rf"^[a-z0-9/-]+#{NAME}$")]
    policy: CompanionHead
    source: Source
    parameters: dict[Name, Filled]

    @property
    def target(self) -> tuple[str, str]:
        """The policy and the parameter that it fills."""
        policy, _, parameter = self.implements.partition("#")
        return policy, parameter


FillingEntry = Companion[FillingDocument]
