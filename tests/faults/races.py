"""Claims of 64 clients at once, all for the same few caps, on both stores: none is overpaid, and all is paid.

The control sums what was paid before it inserts, without a lock, as one may be tempted to.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import BigInteger, Column, MetaData, Table, func, insert, select
from tests.ledger.postgres import Postgres
from tests.ledger.support import HOME, SHENYANG, bureau

from subsidy.client import Client
from subsidy.ledger.stores import Store

from .evidence import Figures, Tick
from .judge import judged
from .load import MOST, Callers, claims, in_memory, owed
from .outcome import Outcome, Step, steps
from .serving import callers, served

CLIENTS: Final = 64
SMALL: Final = 10_000  # claims that memory has room for
NAIVE: Final = Table("naive", MetaData(), Column("fen", BigInteger))
ASKED: Final = 9_000


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Determine `n` claims on each store."""
    rng = Random(f"races/{seed}")  # noqa: S311 – to be repeated, not to be secret
    step = steps(tick, 2 * n)
    found = Outcome({}, {})
    server = Postgres()
    try:
        with TemporaryDirectory(dir=in_memory() if n <= SMALL else None) as name:
            folder = Path(name)
            bureau(folder)
            stores = {"sqlite": f"sqlite:///{folder}/ledger.db", "postgres": server.fresh("races")}
            for store, url in stores.items():
                _race(store, url, folder, rng, n, step, found)
            over = {"sqlite": _summed(f"sqlite:///{folder}/naive.db"), "postgres": _summed(server.fresh("naive"))}
    finally:
        server.stop()
    what = "a sum over what was paid, without a lock"
    found.control = {"caught": min(over.values()), "what": what, **{f"overpaid on {k}": v for k, v in over.items()}}
    return found.plain


def _race(store: str, url: str, folder: Path, rng: Random, n: int, step: Step, found: Outcome) -> None:
    asked = claims(rng, n, max(1, n // 320), batch=f"{store}-q")  # 64 claims for each cap
    with served(url, folder, SHENYANG) as (address, _):
        with Client(address) as client:
            policy = client.policy(HOME, "2023-08-01")
        with callers(address, CLIENTS, policy) as tell:

            def told(ask: Any, times: int) -> bytes:
                answer = tell(ask, times)
                step()
                return answer

            crowd = Callers(told)
            crowd.all(asked, CLIENTS)
    audited = judged(url)
    wanted = owed(asked)
    over = sum(1 for key, fen in audited.paid.items() if fen > MOST)
    full = sum(1 for fen in audited.paid.values() if fen == MOST)
    found.wrong += [f"{store}: {each}" for each in [*crowd.wrong, *audited.wrong]]
    if audited.paid != wanted or audited.kinds["determination"] != n:
        found.wrong.append(f"{store}: what is paid is not what is owed")
    if not full:
        found.wrong.append(f"{store}: no cap was reached")
    found.figures[store] = {
        "claims": n, "caps": len(wanted), "caps reached": full, "over": over, "busy": crowd.tries["S0201"],
    }  # fmt: skip


def _summed(url: str) -> int:
    """How many fen too many are paid to one person by a sum over what was paid."""
    store, meet = Store(url), threading.Barrier(CLIENTS)
    with store.writing() as connection:
        NAIVE.create(connection)

    def client(_: int) -> None:
        with store.reading() as connection:
            before = connection.scalar(select(func.coalesce(func.sum(NAIVE.c.fen), 0))) or 0
        granted = min(ASKED, max(0, MOST - int(before)))
        meet.wait()
        with store.writing() as connection:
            connection.execute(insert(NAIVE).values(fen=granted))

    with ThreadPoolExecutor(CLIENTS) as pool:
        for each in [pool.submit(client, number) for number in range(CLIENTS)]:
            each.result()
    with store.reading() as connection:
        total = int(connection.scalar(select(func.sum(NAIVE.c.fen))) or 0)
    store.close()
    return total - MOST
