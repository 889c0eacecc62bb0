"""Load, abuse and change that the service is put under: python -m tests.hardening [NAME…] [--n N] [--seed S] [--soak].

Each writes its figures into build/evidence/hardening, and has a control that must be noticed, or the proof is blind.
"""

from __future__ import annotations

import sys
from typing import Final

from tests.faults.command import command
from tests.faults.evidence import ROOT, Fault

from . import flood, fuzz, reload, sigterm, soak

FOLDER: Final = ROOT / "build" / "evidence" / "hardening"
HARDENING: Final[dict[str, Fault]] = {
    "fuzz": Fault(fuzz.run, (100_000, 1_000_000)),  # hostile calls
    "flood": Fault(flood.run, (5, 60)),  # seconds beside each attack
    "sigterm": Fault(sigterm.run, (100, 1_000)),  # stops under load
    "reload": Fault(reload.run, (20, 200)),  # modules that come under load, and as many things that are no good
    "soak": Fault(soak.run, (200_000, 1_000_000)),  # calls of every kind
}


if __name__ == "__main__":
    sys.exit(command(__doc__, HARDENING, FOLDER))
