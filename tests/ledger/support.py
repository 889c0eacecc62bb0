"""A fictional bureau with its adoptions, and ledgers of it on either store."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from sqlalchemy import select, text

import subsidy
from subsidy.errors import Problem, RequestError, ServiceError
from subsidy.ledger import Answer, Ledger, Reader
from subsidy.ledger import tables as t
from subsidy.ledger.batch import Batch, Entry
from subsidy.ledger.jobs import One
from subsidy.ledger.merkle import leaf_hash, verify_inclusion
from subsidy.ledger.notes import opened
from subsidy.ledger.stores import Store
from subsidy.policies import shipped_folder

T = TypeVar("T")
HERE: Final = Path(__file__).parent
HOME: Final = "cn/liaoning/shenyang/home-service"
BED: Final = "cn/shanxi/yuncheng/bed-subsidy"
GRANT: Final = "cn/shanxi/yuncheng/construction-grant"
RATED: Final = "cn/shanxi/yuncheng/operating-subsidy"
EARLIER: Final = "cn/test/ledger"
NURSING: Final = "cn/test/nursing"
AID: Final = "cn/test/aid"
DUE: Final = "cn/test/instalments"
DRAFT: Final = "cn/test/draft"
SHENYANG: Final = "210100"
YUNCHENG: Final = "140800"

# Which version is adopted from when on, and with which readings, or how much the cap is that the text leaves open.
ADOPTED: Final[list[tuple[str, str, str, dict[str, str]]]] = [
    (HOME, "2023-08-01", "", {"fewer_hours": "as_served", "more_hours": "first_45"}),
    (BED, "2021-06-01", "", {"part_month": "any_day"}),
    (GRANT, "2021-06-01", "", {"shortfall": "same_rate_above_cap", "other_works": "do_not"}),
    (RATED, "2021-06-01", "", {}),
    (EARLIER, "2024-01-01", "", {}),
    (NURSING, "2024-01-01", "2024-12-31", {}),
    (NURSING, "2025-01-01", "", {}),
    (DUE, "2024-01-01", "", {"advances": "none"}),
    (AID, "2024-01-01", "2024-06-30", {}),
    (AID, "2024-07-01", "", {"aid_most": "800"}),
]


def policies(folder: Path) -> Path:
    """The shipped policies with the fictional ones of the tests."""
    made = Path(shutil.copytree(shipped_folder(), folder / "policies"))
    for id_ in (EARLIER, DUE):
        shutil.copytree(HERE.parent / "conformance" / "modules" / id_, made / id_)
    shutil.copytree(HERE / "modules", made, dirs_exist_ok=True)
    text = (made / NURSING / "2025-01-01.toml").read_text("utf-8")
    (made / DRAFT).mkdir()
    (made / DRAFT / "2025-01-01.toml").write_text(text.replace(NURSING, DRAFT).replace('"issued"', '"draft"'), "utf-8")
    return made


def adopt(folder: Path, policy: subsidy.Policy, first: str, until: str, readings: dict[str, str]) -> None:
    """A fictional adoption, as a bureau would write it."""
    file = folder / policy.id / f"{first}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    end = f", until = {until}" if until else ""
    lines = [
        *(f'{name}.{key} = "{value}"' for name, key, value in _chosen(policy, readings)),
        "[adoption]",
        f'policy = "{policy.id}"',
        f'digest = "{policy.digest}"',
        'by = "示例"',
        'issuer = { zh = "虚构民政局", en = "Fictional Bureau" }',
        'document = "虚构〔2023〕1号"',
        f"dated = {first}",
        f"valid = {{ from = {first}{end} }}",
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")


def _chosen(policy: subsidy.Policy, chosen: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for name, value in chosen.items():
        if name in policy.program.parameters:
            yield f"parameters.{name}", "value", value
            yield f"parameters.{name}", "clause", "一"
        else:
            yield "readings", name, value


def bureau(folder: Path) -> subsidy.Catalogue:
    """The catalogue of a bureau that has adopted what the tests determine."""
    made = policies(folder)
    plain = subsidy.Catalogue(made)
    for id_, first, until, readings in ADOPTED:
        adopt(folder / "adoptions", plain.policy(id_, on=first), first, until, readings)
    return subsidy.Catalogue(made, adoptions=folder / "adoptions")


@dataclass
class Place:
    """Where a ledger of a test lies: opened as often as the test wants, and closed when it ends."""

    url: str
    folder: Path
    catalogue: subsidy.Catalogue
    made: list[Ledger] = field(default_factory=list)

    def ledger(self, scope: str = YUNCHENG) -> Ledger:
        """A ledger that is open."""
        opened_ = Ledger(self.url, scope, self.catalogue, key=self.folder / "key.pem")
        self.made.append(opened_)
        return opened_

    def close(self) -> None:
        """Close all that were opened and are open still."""
        for each in self.made:
            each.close()


def home(ledger: Ledger, request: str, hours: str = "20", *, who: str = "R1", month: str = "2023-08") -> Answer:
    """A claim for home service: 30 CNY an hour, at most 1350 CNY a person and month."""
    facts = {"beneficiary": who, "month": month, "hours": hours, "price": "30"}
    return ledger.determine(HOME, facts, request=request)


def nursing(
    ledger: Ledger, request: str, cost: str, *, who: str = "E1", month: str = "2024-03", bill: str = ""
) -> Answer:
    """A claim for nursing: at most 1000 CNY a month, and 2500 (from 2025 on 3000) CNY in a life."""
    facts = {"elder": who, "month": month, "cost": cost, "bill": bill or request}
    return ledger.determine(NURSING, facts, request=request)


def bed(ledger: Ledger, request: str, *, centre: str, who: str = "R1", month: str = "2024-03") -> Answer:
    """A claim for the bed subsidy of a resident for the whole of a month."""
    facts = {
        "centre": centre, "resident": who, "month": month, "care_level": "disabled",
        "stays": [{"moved_in": "2023-01-01"}],
    }  # fmt: skip
    return ledger.determine(BED, facts, request=request)


def grant(ledger: Ledger, request: str, *, project: str = "P1", area: str = "1000") -> Answer:
    """A claim for a construction grant: 300 CNY a square metre."""
    facts = {
        "project": project, "accepted_on": "2021-06-30", "place": "140802", "works": "new_build", "floor_area": area,
    }  # fmt: skip
    return ledger.determine(GRANT, facts, request=request)


def is_proved(ledger: Ledger, answer: Answer) -> bool:
    """Whether the proof of an answer leads from its entry to the root of its signed checkpoint."""
    with ledger.store.reading() as connection:
        content = connection.scalar(select(t.ENTRIES.c.body).where(t.ENTRIES.c.position == answer.position))
    there = opened(answer.checkpoint, ledger.verifiers())
    return content is not None and verify_inclusion(
        answer.position, there.size, leaf_hash(bytes(content)), answer.proof, there.root
    )


def rows(store: Store, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table."""
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))]  # noqa: S608


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All that a ledger keeps, but who writes it."""
    return {table.name: rows(store, table.name) for table in t.METADATA.sorted_tables if table is not t.HEAD}


def determinations(ledger: Reader) -> Iterator[dict[str, Any]]:
    """The bodies of all determinations."""
    return (body for _, body in ledger.entries(0, 1_000_000) if body["kind"] == "determination")


def paid(ledger: Reader) -> dict[tuple[str, str], int]:
    """What was determined by person and month, in fen, computed from the entries alone."""
    found: dict[tuple[str, str], int] = {}
    for body in determinations(ledger):
        facts = body["receipt"]["facts"]
        key = (facts.get("beneficiary") or facts.get("elder") or facts["resident"], facts["month"])
        found[key] = found.get(key, 0) + round_fen(body["amount"])
    return found


def round_fen(amount: str) -> int:
    """An amount in fen."""
    yuan, _, fen = amount.partition(".")
    return int(yuan) * 100 + (int(fen) if not yuan.startswith("-") else -int(fen))


def in_one_batch(ledger: Ledger, calls: Sequence[Callable[[], T]]) -> list[T | BaseException]:
    """What comes of calls that the writer finds waiting together, in this order, and so commits as one batch."""
    entered, gate = threading.Event(), threading.Event()

    def hold(_: Batch) -> list[Entry]:
        entered.set()
        gate.wait(30)
        raise RequestError(Problem.of("R0514", "why"))

    writer = ledger._writer
    writer.submit(One(None, hold))
    entered.wait(30)
    with ThreadPoolExecutor(len(calls)) as pool:
        made = []
        for count, call in enumerate(calls, start=1):
            made.append(pool.submit(call))
            while writer._queue.qsize() < count and not made[-1].done():
                time.sleep(0.0005)
        gate.set()
    return [each.exception() or each.result() for each in made]


def refused(place: Place, scope: str = YUNCHENG) -> str:
    """What is said of a ledger that is not opened."""
    with pytest.raises((RequestError, ServiceError)) as error:
        place.ledger(scope)
    return error.value.report("en")


def shown(place: Place) -> str:
    return Store(place.url).shown
