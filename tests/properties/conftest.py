"""The policies that the properties are tested on, and how hard they are tried."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from .support import POLICIES

settings.register_profile(
    "properties",
    max_examples=int(os.environ.get("SUBSIDY_TEST_EXAMPLES", "25")),
    deadline=None,
    print_blob=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],  # which takes minutes to explain a failure
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("properties")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `policy` runs on each of them; one that takes `open_policy`, on those with interpretations."""
    for name, policies in (("policy", POLICIES), ("open_policy", [each for each in POLICIES if each.interpretations])):
        if name in metafunc.fixturenames:
            metafunc.parametrize(
                name, policies, ids=[f"{policy.id}@{policy.version}r{policy.revision}" for policy in policies]
            )
