"""The faults that a ledger is put under: python -m tests.faults [NAME…] [--n N] [--seed S] [--soak].

Each writes its figures into build/evidence/faults, and has a control that must lose something, or the search is blind.
"""

from __future__ import annotations

import logging
import sys
from typing import Final

from . import clocks, databases, full, kill, power, races, replies, simulation, soak, syscalls, traced
from .command import command
from .evidence import FOLDER, Fault

FAULTS: Final[dict[str, Fault]] = {
    "kill": Fault(kill.run, (200, 1_000)),  # kills of a serving process
    "power": Fault(power.run, (100_000, 1_000_000)),  # crash images
    "syscalls": Fault(syscalls.run, (1, 4)),  # every n, so often
    "traced": Fault(traced.run, (12, 1)),  # every so many writes
    "full": Fault(full.run, (20, 200)),  # rounds on a full disk
    "postgres": Fault(databases.run, (50, 500)),  # kills of the server, and twice as many cuts in a commit
    "replies": Fault(replies.run, (2_000, 50_000)),  # claims whose replies are cut, reset or late
    "clock": Fault(clocks.run, (24, 200)),  # processes with a clock and a time zone of their own
    "races": Fault(races.run, (100_000, 200_000)),  # claims on each store
    "simulation": Fault(simulation.run, (40_000, 2_000_000)),  # steps, in runs of a seed each
    "soak": Fault(soak.run, (100_000, 1_000_000)),  # determinations
}


if __name__ == "__main__":
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # that a server is gone is what is done here
    sys.exit(command(__doc__, FAULTS, FOLDER))
