"""What the service remembers of a policy goes with the policy."""

from __future__ import annotations

import gc
from weakref import ref

import subsidy
from subsidy.client.facts import encode_facts
from subsidy.service.handlers import handlers
from subsidy.service.policies import policy_message
from subsidy.v1 import calculation_service_pb2 as v1

from .wire import HOME, HOME_FACTS


def test_replaced_catalogue_is_let_go() -> None:
    """A catalogue that has answered in both views leaves nothing behind when nobody holds it any more."""
    catalogue = subsidy.Catalogue()
    policy = catalogue.policy(HOME)
    calculate = handlers(catalogue)["subsidy.v1.CalculationService"]["Calculate"]
    facts = encode_facts(policy_message(policy, b""), HOME_FACTS)
    for view in (v1.VIEW_BASIC, v1.VIEW_FULL):
        assert calculate(v1.CalculateRequest(policy=HOME, facts=facts, view=view).SerializeToString())
    left = ref(policy)
    del catalogue, policy, calculate
    gc.collect()
    assert left() is None
