"""The roles file: which callers may call which methods, for ledgers of which divisions and for which policies.

Whatever it does not name is refused. It is checked like a policy: all problems at once, each with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Final
from urllib.parse import urlsplit

from google.protobuf.descriptor import FileDescriptor
from pydantic import Field

from ...catalogue.keys import Document, Line, Name
from ...catalogue.origin import Origin
from ...catalogue.positions import Path
from ...catalogue.reading import read
from ...errors import Problems, ServiceError, hint
from ...v1 import audit_service_pb2, calculation_service_pb2, ledger_service_pb2, policy_service_pb2

EVERY: Final = "*"
PACKAGE: Final = "subsidy.v1."
AUDIT: Final = "AuditService/"
WRITING: Final = frozenset(f"LedgerService/{name}" for name in ("Determine", "Reverse", "Release"))
_POLICIES: Final = re.compile(r"\*|[a-z][a-z0-9-]*(/[a-z0-9][a-z0-9-]*){0,5}(/\*)?")


class Granted(Document):
    """A role: what whoever has it may do."""

    methods: list[Line] = Field(min_length=1)
    divisions: list[Line] = Field(default_factory=list)
    policies: list[Line] = Field(default_factory=list)


class Known(Document):
    """A caller, by the URI in the certificate."""

    identity: Line
    roles: list[Name] = Field(min_length=1)


class RolesDocument(Document):
    """A roles file as written."""

    denied: list[Line] = Field(default_factory=list)
    roles: dict[Name, Granted]
    callers: list[Known] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Role:
    """What one role allows.

    Attributes:
        methods: such as ``LedgerService/Determine``.
        divisions: whose ledgers; each with those below it.
        policies: ids, and the beginnings of ids before ``/*``; or ``*`` for every policy.
    """

    methods: frozenset[str]
    divisions: frozenset[str]
    policies: tuple[str, ...]

    def is_for(self, policy: str) -> bool:
        """Whether it is for a policy, which there may be or not."""
        return any(_takes(each, policy) for each in self.policies)


@dataclass(frozen=True, slots=True)
class Roles:
    """Who may do what."""

    by_caller: Mapping[str, tuple[Role, ...]]
    denied: frozenset[str]

    def of(self, identity: str) -> tuple[Role, ...]:
        """The roles of a caller; none of one who is denied, or is not known."""
        return () if identity in self.denied else self.by_caller.get(identity, ())


def methods() -> Iterator[str]:
    """Every method of our services, such as ``LedgerService/Determine``."""
    for file in (policy_service_pb2, calculation_service_pb2, ledger_service_pb2, audit_service_pb2):
        described: FileDescriptor = file.DESCRIPTOR
        for name, service in described.services_by_name.items():
            yield from (f"{name}/{method.name}" for method in service.methods)


def read_roles(path: File, divisions: Iterable[str]) -> Roles:
    """The roles in a file.

    Args:
        divisions: the codes of all that there are.

    Raises:
        ServiceError: it cannot be read, or is no roles file; all problems.
    """
    problems = Problems()
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.add("S0104", str(path), detail=error.strerror or type(error).__name__)
        problems.raise_as(ServiceError)
        raise AssertionError from error
    document, _, origin = read(path.name, content, RolesDocument, problems)
    if document is not None:
        _check(document, frozenset(divisions), origin, problems)
    problems.in_order()
    problems.raise_as(ServiceError)
    assert document is not None
    made = {
        name: Role(frozenset(_methods(each.methods)), frozenset(each.divisions), tuple(each.policies))
        for name, each in document.roles.items()
    }
    callers = {each.identity: tuple(made[name] for name in each.roles) for each in document.callers}
    return Roles(callers, frozenset(document.denied))


def _check(document: RolesDocument, divisions: frozenset[str], origin: Origin, problems: Problems) -> None:
    def add(code: str, path: Path, given: str, known: Iterable[str] = ()) -> None:
        if not origin.has_broken(path):  # where something else stands for what was no value
            place = origin.place(path)
            problems.add(code, place.key, place=place, given=given, **hint(given, known))

    known = list(methods())
    services = {each.split("/")[0] for each in known}
    for name, role in document.roles.items():
        for index, each in enumerate(role.methods):
            if each not in known and each not in {f"{service}/{EVERY}" for service in services}:
                add("S0411", ("roles", name, "methods", index), each, known)
        if _audits_and_writes(role.methods):
            add("S0415", ("roles", name, "methods"), name)
        for index, code in enumerate(role.divisions):
            if code not in divisions:
                add("S0417", ("roles", name, "divisions", index), code)
        for index, pattern in enumerate(role.policies):
            if not _POLICIES.fullmatch(pattern):
                add("S0416", ("roles", name, "policies", index), pattern)
    seen = set[str]()
    for index, caller in enumerate(document.callers):
        if caller.identity in seen:
            add("S0413", ("callers", index, "identity"), caller.identity)
        seen.add(caller.identity)
        if not _is_uri(caller.identity):
            add("S0414", ("callers", index, "identity"), caller.identity)
        for place, name in enumerate(caller.roles):
            if name not in document.roles:
                add("S0412", ("callers", index, "roles", place), name, document.roles)
        given = [each for name in caller.roles if name in document.roles for each in document.roles[name].methods]
        if _audits_and_writes(given):
            add("S0415", ("callers", index, "roles"), caller.identity)
    for index, identity in enumerate(document.denied):
        if not _is_uri(identity):
            add("S0414", ("denied", index), identity)


def _audits_and_writes(given: Iterable[str]) -> bool:
    """Whether what audits a ledger could write into it, too."""
    found = set(_methods(given))
    return bool(found & WRITING) and any(each.startswith(AUDIT) for each in found)


def _is_uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # half an address of version 6
        return False
    return bool(parts.scheme and parts.netloc) and text.isascii() and " " not in text


def _methods(given: Iterable[str]) -> Iterator[str]:
    for each in given:
        begin = each.removesuffix(EVERY) if each.endswith(f"/{EVERY}") else None
        yield from (known for known in methods() if known == each or (begin and known.startswith(begin)))


def _takes(pattern: str, policy: str) -> bool:
    if pattern == EVERY:
        return True
    return policy.startswith(pattern[:-1]) if pattern.endswith("/*") else policy == pattern
