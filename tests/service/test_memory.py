"""What the service remembers of a policy goes with the policy; and what memory it keeps of what comes free."""

from __future__ import annotations

import gc
import subprocess
import sys
from weakref import ref

import pytest

import subsidy
from subsidy.client.facts import encode_facts
from subsidy.service.handlers import handlers
from subsidy.service.policies import policy_message
from subsidy.service.served import Served
from subsidy.v1 import calculation_service_pb2 as v1

from .wire import HOME, HOME_FACTS


def test_replaced_catalogue_is_let_go() -> None:
    """A catalogue that has answered in both views leaves nothing behind when nobody holds it any more."""
    catalogue = subsidy.Catalogue()
    policy = catalogue.policy(HOME)
    calculate = handlers(Served(catalogue))["subsidy.v1.CalculationService"]["Calculate"]
    facts = encode_facts(policy_message(policy, b""), HOME_FACTS)
    for view in (v1.VIEW_BASIC, v1.VIEW_FULL):
        assert calculate(v1.CalculateRequest(policy=HOME, facts=facts, view=view).SerializeToString())
    left = ref(policy)
    del catalogue, policy, calculate
    gc.collect()
    assert left() is None


FAULTS = """
import resource, sys
from subsidy.service.memory import keep_what_comes_free
if sys.argv[1] == "keeps":
    assert keep_what_comes_free()
def table():
    for block in [bytearray(b"x" * (4 << 20)) for _ in range(4)]:
        del block
for _ in range(5):
    table()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    table()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 20)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc gives memory back so soon")
def test_blocks_that_come_free_are_not_asked_for_again() -> None:
    """Megabytes that come and go take no new pages once the service keeps what comes free; without, they take all."""

    def faults(how: str) -> int:
        return int(subprocess.check_output([sys.executable, "-c", FAULTS, how], text=True))

    assert faults("keeps") < 100
    assert faults("does not") > 1000  # of 4 KiB each
