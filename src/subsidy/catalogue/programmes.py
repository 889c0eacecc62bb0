"""Programmes: what several policies together give one subject, one TOML file beside the policies.

Such a file is called ``<version>.programme.toml``.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from .companion import Companion, CompanionHead
from .head import Source
from .keys import Clause, Document, Name, Number, PolicyId, Words

MARK: Final = "programme"


class ProgrammeHead(CompanionHead):
    """`[programme]`: what it is, where and when it applies, and how the sums of its members make one.

    With `combine = "highest"` only the highest sum is paid (就高), the earlier member's on a tie.
    """

    subject: Name
    label: Words
    combine: Literal["sum", "highest"]
    clause: Clause


class Member(Document):
    """A policy of the programme; `subject` is its id fact that names the one for whom all of them are added up."""

    name: Name
    policy: PolicyId
    subject: Name


class Exclusion(Document):
    """When the member `if` is paid, the member `then` is not."""

    if_: Name = Field(alias="if")
    then: Name
    clause: Clause


class ProgrammeCap(Document):
    """At most `limit` CNY in all; the members are cut from the last one, or from the first."""

    limit: Number
    cut: Literal["last", "first"] = "last"
    clause: Clause


class ProgrammeDocument(Document):
    """A programme as written."""

    language: Literal[1]
    programme: ProgrammeHead
    source: Source
    members: Annotated[list[Member], Field(min_length=2)]
    exclusions: list[Exclusion] = Field(default_factory=list)
    cap: ProgrammeCap | None = None


ProgrammeEntry = Companion[ProgrammeDocument]
