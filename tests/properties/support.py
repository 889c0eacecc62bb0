"""The policies that the properties are tested on: the shipped ones and this folder's own, or another folder's."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st

from subsidy import Catalogue, FactsError, Policy, Result
from subsidy.calculation.reference import applies
from subsidy.policies import shipped_folder
from subsidy.testing import Facts, facts, readings

MODULES = Path(__file__).parent / "modules"
CONFORMANCE = MODULES.parents[1] / "conformance" / "modules"


def gathered(target: Path) -> Path:
    """The shipped policies, and beside them the modules of the tests, which use what no shipped one does."""
    shutil.copytree(shipped_folder(), target)
    shutil.copytree(CONFORMANCE, target, dirs_exist_ok=True)
    shutil.copytree(MODULES, target, dirs_exist_ok=True)
    return target


def _folder() -> Path:
    given = os.environ.get("SUBSIDY_TEST_POLICIES")
    return Path(given) if given else gathered(Path(tempfile.mkdtemp()) / "policies")


CATALOGUE = Catalogue(_folder())
POLICIES: list[Policy] = list(CATALOGUE)


def a_reading(policy: Policy, data: st.DataObject) -> dict[str, str]:
    """A reading for each interpretation, or open."""
    return data.draw(readings(policy), label="readings")


def a_result(policy: Policy, data: st.DataObject) -> Result:
    """A result under any readings, of any facts that are valid under them."""
    chosen = a_reading(policy, data)
    return policy.calculate(data.draw(facts(policy, chosen), label="facts"), readings=chosen)


IMPOSSIBLE = frozenset({"F0117"})
INCOMPLETE = frozenset({"F0102"})


def under(policy: Policy, stated: Facts, chosen: dict[str, str], but: frozenset[str] = IMPOSSIBLE) -> Result | None:
    """The result of the same facts, less those that do not apply, under other readings; None if refused for `but`."""
    kept = {name: value for name, value in stated.items() if applies(policy.program, name, stated, chosen)}
    try:
        return policy.calculate(kept, readings=chosen)
    except FactsError as error:
        if {problem.code for problem in error.problems} <= but:
            return None
        raise
