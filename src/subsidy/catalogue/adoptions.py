"""A bureau's own folder of adoptions: the document under which it pays, the readings it chose, the tables it filled.

One TOML file an adoption, at ``<policy id>/<first day>.toml``. Nobody but the bureau writes in that folder.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ..errors import CatalogueError, Problem, Problems
from . import keys
from .digest import digest
from .fillings import Filled
from .keys import Date, Document, Name, PolicyId, Words
from .origin import Origin
from .reading import read

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Line = Annotated[keys.Line, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=200)]


class Term(Document):
    """From when until when an adoption holds, both days in."""

    from_: Date = Field(alias="from")
    until: Date | None = None


class AdoptionHead(Document):
    """`[adoption]`: which text is adopted, by whose document, who did it, and for which time."""

    policy: PolicyId
    digest: Digest
    by: Line
    issuer: Words
    document: Line
    dated: Date
    valid: Term


class AdoptionDocument(Document):
    """An adoption as written."""

    adoption: AdoptionHead
    readings: dict[Name, str] = Field(default_factory=dict)
    parameters: dict[Name, Filled] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdoptionEntry:
    """An adoption as it stands in the folder."""

    path: str
    document: AdoptionDocument
    data: dict[str, Any]
    origin: Origin
    digest: str

    @property
    def first(self) -> dt.date:
        return self.document.adoption.valid.from_

    @property
    def last(self) -> dt.date | None:
        return self.document.adoption.valid.until


class AdoptionFolder:
    """A folder of adoptions, read when it is asked.

    Raises:
        CatalogueError: there is no such folder.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise CatalogueError(Problem("A0101", str(path)))
        self.path = path
        self.files = sorted(file.relative_to(path).as_posix() for file in path.glob("**/*.toml"))
        self._kept: dict[str, bytes] = {}

    @property
    def ids(self) -> list[str]:
        """Every policy id that has an adoption here, by the folders."""
        return sorted({file.rpartition("/")[0] for file in self.files})

    def entries(self, policy_id: str, problems: Problems) -> Iterator[AdoptionEntry]:
        """Every adoption of a policy that could be read at all, problems of their shape and place added."""
        for file in self.files:
            if file.rpartition("/")[0] == policy_id:
                entry = read_adoption(file, self.content(file), problems)
                if entry is not None:
                    yield entry

    def content(self, file: str) -> bytes:
        """The bytes of an adoption."""
        return self._kept[file] if file in self._kept else (self.path / file).read_bytes()

    def keep(self) -> None:
        """Read every file now: what is asked for later is what it says at this moment.

        Raises:
            OSError: one cannot be read.
        """
        self._kept = {file: self.content(file) for file in self.files}

    def write(self, file: str, content: bytes) -> None:
        """Put a new adoption in the folder, whole or not at all.

        Raises:
            CatalogueError: there is one already, which is never overwritten.
        """
        target = self.path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(target.name + ".new")
        new.write_bytes(content)
        try:
            _put(new, target)
        except FileExistsError:
            raise CatalogueError(Problem("A0109", str(target))) from None
        finally:
            new.unlink(missing_ok=True)
        self.files = sorted({*self.files, file})


def _put(new: Path, target: Path) -> None:
    """Give a whole file its name. A link fails where the name is taken, whoever took it; a renaming would not."""
    try:
        target.hardlink_to(new)
    except FileExistsError:
        raise
    except OSError:  # a network drive may have no links
        if target.exists():
            raise FileExistsError(target) from None
        new.rename(target)


def read_adoption(file: str, content: bytes, problems: Problems) -> AdoptionEntry | None:
    """An adoption from the bytes of its file, checked against its path, problems added; None where it is none."""
    document, data, origin = read(file, content, AdoptionDocument, problems)
    if document is None:
        return None
    head = document.adoption
    is_told = not origin.has_broken(("adoption", "policy"), ("adoption", "valid"))
    if is_told and path_of(head.policy, head.valid.from_) != file:
        wanted, place = path_of(head.policy, head.valid.from_), origin.place(("adoption", "policy"))
        problems.add("A0108", place.key, place=place, given=file, allowed=wanted)
    if head.valid.until is not None and head.valid.until < head.valid.from_:
        place = origin.place(("adoption", "valid"))
        begin, until = head.valid.from_.isoformat(), head.valid.until.isoformat()
        problems.add("P0322", place.key, place=place, begin=begin, until=until)
    try:
        found = digest(data)
    except TypeError:  # a number without quotes, reported already
        return None
    return AdoptionEntry(file, document, data, origin, found)


def path_of(policy_id: str, first: dt.date) -> str:
    """Where an adoption stands below its folder."""
    return f"{policy_id}/{first.isoformat()}.toml"
