"""Codes of what an audit finds (V): the ledger is not what it says, or not what somebody kept of it."""

from __future__ import annotations

from typing import Final

from .entry import Code, words

# fmt: off
OF_AUDITS: Final[dict[str, Code]] = {
    # V01 — the entries and their tree
    "V0101": words("entry-missing", "缺第 {wanted} 条：接着的是第 {given} 条", "entry {wanted} is missing: the next one is {given}"),
    # V03 — payments that were made, beside what they should have been
    "V0301": words("paid-too-much", "已付 {paid} 元，应付 {due} 元，多付 {difference} 元：{why}", "{paid} CNY were paid and {due} CNY were due, {difference} CNY too much: {why}"),
    "V0302": words("paid-too-little", "已付 {paid} 元，应付 {due} 元，少付 {difference} 元：{why}", "{paid} CNY were paid and {due} CNY were due, {difference} CNY too little: {why}"),
    "V0303": words("paid-without-rule", "已付 {paid} 元，而当日没有可据以支付的文件：{why}", "{paid} CNY were paid, and no text was in force by which to pay: {why}"),
    "V0304": words("paid-but-not-due", "已付 {paid} 元，不应支付：{why}", "{paid} CNY were paid, and nothing was due: {why}"),
    "V0305": words("paid-twice", "已付 {paid} 元，此前已付过一次：{why}", "{paid} CNY were paid a second time: {why}"),
    "V0306": words("paid-what-is-open", "已付 {paid} 元，应付未定，在 {low} 至 {high} 元之间，已付在其内：{why}", "{paid} CNY were paid; what was due is open between {low} and {high} CNY, and the sum is within: {why}"),
    "V0307": words("paid-outside-what-is-open", "已付 {paid} 元，应付未定，但在 {low} 至 {high} 元之间，已付在其外：{why}", "{paid} CNY were paid; what was due is open, but between {low} and {high} CNY, and the sum is not: {why}"),
    "V0308": words("payment-not-computed", "已付 {paid} 元，无法重算：{why}", "{paid} CNY were paid, and cannot be computed again: {why}"),
    "V0309": words("paid-sum-unreadable", "{where} 的“{given}”不是金额：写作 1234.50，至多两位小数", "{where} has “{given}”, which is no sum of money: it is written 1234.50, with at most two places",
                   "改正该格；不作舍入，也不猜测单位", "correct the cell; nothing is rounded, and no unit is guessed"),
    "V0310": words("paid-sum-missing", "{where} 没有实付金额：该格为空，或为未算出、出错的公式", "{where} has no sum that was paid: it is empty, or a formula that was not computed or failed",
                   "没有支付的，写 0；公式另存为值", "write 0 where nothing was paid; save formulas as values"),
    # V04 — determinations beside the texts that there are now
    "V0401": words("more-is-due", "第 {entry} 条：原付 {old} 元，现为 {new} 元，补发 {difference} 元：{why}", "entry {entry}: {old} CNY were paid and {new} CNY are due, {difference} CNY to pay in addition: {why}"),
    "V0402": words("less-is-due", "第 {entry} 条：原付 {old} 元，现为 {new} 元，追缴 {difference} 元：{why}", "entry {entry}: {old} CNY were paid and {new} CNY are due, {difference} CNY to recover: {why}"),
    "V0403": words("payers-change", "第 {entry} 条：{old} 元不变，各级分担改变：{why}", "entry {entry}: {old} CNY as before, but other payers bear them: {why}"),
    "V0404": words("covered-no-more", "第 {entry} 条：原付 {old} 元，当日不再有适用的文件：{why}", "entry {entry}: {old} CNY were paid, and no text covers that day any more: {why}"),
    "V0405": words("not-put-again", "第 {entry} 条：原付 {old} 元，不能按现有文件重算：{why}", "entry {entry}: {old} CNY were paid, which cannot be put again under the text that there is now: {why}"),
    "V0406": words("now-open", "第 {entry} 条：原付 {old} 元，现未定，在 {low} 至 {high} 元之间：{why}", "entry {entry}: {old} CNY were paid; what is due now is open between {low} and {high} CNY: {why}"),
    "V0407": words("turned-otherwise", "第 {entry} 条：应重新核定为 {wanted} 元，第 {by} 条却为 {given} 元", "entry {entry} was to become {wanted} CNY, but entry {by} is {given} CNY",
                   "冲销第 {by} 条，核对期间的其他核定", "reverse entry {by}, and look at what was determined meanwhile"),
}
# fmt: on
