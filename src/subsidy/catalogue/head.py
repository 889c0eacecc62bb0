"""The head of a text: what it is, when it applies, when it became known, and where it was taken from."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from .keys import Date, Document, Line, Name, PolicyId, Version, Words


class Valid(Document):
    """When the text applies. `until` is its last day. `stated` says whether the text itself gives the dates."""

    from_: Date = Field(alias="from")
    until: Date | None = None
    stated: bool = True


class Corrects(Document):
    """Which encoding of ours this revision mends, on which day it did, and why."""

    digest: str
    on: Date
    why: Words


class Head(Document):
    """`[policy]`: what the module is, where and when it applies.

    `once_per` names what tells one claim from another: no two with the same are paid.
    """

    id: PolicyId
    version: Version
    revision: Annotated[int, Field(ge=1)] = 1
    corrects: Corrects | None = None
    status: Literal["issued", "reported", "draft", "repealed"]
    valid: Valid
    published: Date
    dated_by: Name
    division: str
    claim: str | None = None
    once_per: Annotated[list[Name], Field(min_length=1)] | None = None
    title: Words

    @property
    def known_from(self) -> dt.date:
        """The day on which this became known: the text when it was published, a mend of ours when it was made."""
        return self.published if self.corrects is None else max(self.published, self.corrects.on)


class Source(Document):
    """`[source]`: the text that the module encodes."""

    title: Words
    number: Line | None = None
    issued: Date
    issuer: Words
    note: Words | None = None


def path_of(head: Head) -> str:
    """Where a module must stand below the catalogue's folder; its path is its identity."""
    suffix = "" if head.revision == 1 else f".r{head.revision}"
    return f"{head.id}/{head.version}{suffix}.toml"
