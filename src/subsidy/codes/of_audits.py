"""Codes of what an audit finds (V): the ledger is not what it says, or not what somebody kept of it."""

from __future__ import annotations

from typing import Final

from .entry import Code, words

# fmt: off
OF_AUDITS: Final[dict[str, Code]] = {
    # V01 — the entries and their tree
    "V0101": words("entry-missing", "缺第 {wanted} 条：接着的是第 {given} 条", "entry {wanted} is missing: the next one is {given}"),
}
# fmt: on
