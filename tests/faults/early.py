"""The control of `kill`: a server that answers a claim before it is committed, and commits it a little later."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.ledger.support import YUNCHENG

import subsidy
from subsidy.catalogue.digest import canonical
from subsidy.ledger import Answer, Ledger
from subsidy.service import Server


class Early(Ledger):
    """A ledger that does not wait for its disk."""

    def determine(self, policy: str, facts: Any, *, request: str, **more: Any) -> Answer:
        body = self.validate(policy, facts, **more)

        def record() -> None:
            time.sleep(0.1)
            Ledger.determine(self, policy, facts, request=request, **more)

        threading.Thread(target=record, daemon=True).start()
        return Answer(self.size, canonical(body), self.checkpoint(), ())


def main() -> None:
    folder, url = Path(sys.argv[1]), sys.argv[2]
    catalogue = subsidy.Catalogue(folder / "policies", adoptions=folder / "adoptions")
    with Early(url, YUNCHENG, catalogue) as ledger, Server(catalogue, ledger=ledger) as server:
        print(json.dumps({"listening": server.address}), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
