"""Codes of what an audit finds (V): the ledger is not what it says, or not what somebody kept of it."""

from __future__ import annotations

from typing import Final

from .entry import Code, words

# fmt: off
OF_AUDITS: Final[dict[str, Code]] = {
    # V01 — the entries and their tree
    "V0101": words("entry-missing", "缺第 {wanted} 条：接着的是第 {given} 条", "entry {wanted} is missing: the next one is {given}"),
    # V02 — an export
    "V0201": words("not-of-the-checkpoint", "所导出的 {size} 条与检查点不符", "the {size} entries that were exported are not those of the checkpoint",
                   "导出件仍保留作为证据；运行 subsidy audit verify 查明何处", "the export is kept as evidence; subsidy audit verify finds where"),
    "V0202": words("entries-short", "只导出 {given} 条，检查点为 {size} 条", "{given} entries were exported, and the checkpoint has {size}",
                   "导出件仍保留作为证据；运行 subsidy audit verify 查明何处", "the export is kept as evidence; subsidy audit verify finds where"),
    "V0203": words("no-proof", "所存的树不能证明该条在检查点之内", "the tree that is kept does not prove the entry to be under the checkpoint",
                   "导出件仍保留作为证据；运行 subsidy audit verify 查明何处", "the export is kept as evidence; subsidy audit verify finds where"),
    "V0204": words("no-checkpoint", "台账没有可读的检查点", "the ledger has no checkpoint that can be read"),
}
# fmt: on
