"""What a ledger keeps, as tables: entries and their tree, buckets of caps, and what can be erased beside them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

SCHEMA: Final = 2  # rises with every change of a table; `migrations` says how an older ledger is brought up
METADATA: Final = MetaData()

MEMORY: Final = Table(
    "meta",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", String(400), nullable=False),
    comment="schema version, name of the log, scope",
)
ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False, comment="of the tree at the checkpoint that was answered with it"),
    comment="append only: the canonical JSON of each entry, from 0",
)
ENTRIES_BY_KIND: Final = Index("entries_by_kind", ENTRIES.c.kind, ENTRIES.c.position)
REQUESTS: Final = Table(
    "requests",
    METADATA,
    Column("scope", String(12), primary_key=True),
    Column("method", String(20), primary_key=True),
    Column("request", String(200), primary_key=True),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("position", BigInteger, nullable=False),
    comment="append only: which entry answers which request, for ever",
)
TILES: Final = Table(
    "tiles",
    METADATA,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    comment="the Merkle tree: up to 256 hashes of one height, whole subtrees only",
)
CHECKPOINTS: Final = Table(
    "checkpoints",
    METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", String(4000), nullable=False),
    comment="append only: the signed note of each commit",
)
HEAD: Final = Table(
    "head",
    METADATA,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("writer", String(40), nullable=False, comment="who writes: another that finds itself replaced stops"),
    comment="how many entries there are; locked by each transaction that writes",
)
BUCKETS: Final = Table(
    "buckets",
    METADATA,
    Column("policy", String(200), primary_key=True),
    Column("cap", String(60), primary_key=True),
    Column("key", LargeBinary(32), primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("most", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False, comment="the entry that touched it last"),
    CheckConstraint("used >= 0 AND used <= most", name="never_over"),
    comment="what is used of each cap, in fen or in times, by the facts that it is over",
)
SUBJECTS: Final = Table(
    "subjects",
    METADATA,
    Column("policy", String(200), primary_key=True),
    Column("subject", String(80), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    comment="append only: the determinations that an identifier occurs in, for facts from the ledger",
)
REVERSALS: Final = Table(
    "reversals",
    METADATA,
    Column("reversed", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False, unique=True),
    comment="append only: which entry cancels which",
)
RELEASES: Final = Table(
    "releases",
    METADATA,
    Column("award", BigInteger, primary_key=True, autoincrement=False),
    Column("instalment", String(60), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    comment="append only: the instalments that are settled, paid or lapsed; one that was reversed may be settled again",
)
TEXTS: Final = Table(
    "texts",
    METADATA,
    Column("digest", String(71), primary_key=True),
    Column("position", BigInteger, nullable=False),
    comment="append only: which entry has which text",
)
PERSONS: Final = Table(
    "persons",
    METADATA,
    Column("subject", String(80), primary_key=True),
    Column("clear", String(200), nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    UniqueConstraint("clear", name="one_subject_each"),
    comment="the only identifiers in clear: once a row is erased, nobody can tell whose entries they are",
)
APPENDED: Final = (ENTRIES, REQUESTS, CHECKPOINTS, SUBJECTS, REVERSALS, RELEASES, TEXTS)
CHANGED: Final = (HEAD, BUCKETS, TILES)
