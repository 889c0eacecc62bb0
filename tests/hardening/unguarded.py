"""The control: a server with nothing between its methods and the wire, which keeps something of each determination.

``python -m tests.hardening.unguarded FOLDER URL``: the folder has the bureau's policies and adoptions.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

from tests.faults.serving import Leaking
from tests.ledger.support import YUNCHENG

import subsidy
from subsidy.service import server
from subsidy.service.guard import Guard


class Bare(Guard):
    """A guard that lets everything through, and everything out."""

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """The method as it is."""
        return continuation(handler_call_details)


def main() -> None:
    folder, url = Path(sys.argv[1]), sys.argv[2]
    server.__dict__["Guard"] = Bare
    catalogue = subsidy.Catalogue(folder / "policies", adoptions=folder / "adoptions")
    with Leaking(url, YUNCHENG, catalogue) as ledger, server.Server(catalogue, ledger=ledger) as serving:
        print(json.dumps({"listening": serving.address}), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
