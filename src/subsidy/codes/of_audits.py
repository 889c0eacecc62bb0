"""Codes of what an audit finds (V): the ledger is not what it says, or not what somebody kept of it."""

from __future__ import annotations

from typing import Final

from .entry import Code, words

# fmt: off
OF_AUDITS: Final[dict[str, Code]] = {
    # V01 — verified: the entries, their tree and checkpoints, and the tables beside them
    "V0101": words("entry-missing", "缺第 {wanted} 条：接着的是第 {given} 条", "entry {wanted} is missing: the next one is {given}"),
    "V0102": words("entry-unreadable", "这一条读不出来：{detail}", "the entry cannot be read: {detail}"),
    "V0103": words("not-canonical", "这一条不是规范形式的 JSON", "the entry is no JSON in canonical form"),
    "V0104": words("kind-differs", "行中写的类别是 {given}，条文是 {wanted}", "its row says that it is {given}, and the entry {wanted}"),
    "V0105": words("other-scope", "这一条属于 {given}，台账是 {wanted} 的", "the entry is of {given}, and the ledger of {wanted}"),
    "V0106": words("unknown-kind", "没有 {given} 这一类", "there is no such kind of entry: {given}"),
    "V0107": words("entry-altered", "这一条与树中所记的散列值不符：条文或散列值被改动", "the entry is not the one whose hash the tree keeps: one of the two was altered"),
    "V0108": words("root-differs", "{size} 条处的检查点与各条不符：第 {entries} 条中有被改动、增删或换位的", "the checkpoint of {size} entries is not of these entries: among {entries}, some were altered, added, taken away or moved"),
    "V0109": words("wrongly-signed", "{size} 条处的检查点没有当时密钥的有效签名：{detail}", "the checkpoint of {size} entries is not signed by the key of that time: {detail}"),
    "V0110": words("bad-checkpoint", "不是本台账的检查点：{detail}", "no checkpoint of this log: {detail}"),
    "V0111": words("other-checkpoint", "这一条写明由 {given} 条处的检查点作答，应为 {wanted}", "the entry says it was answered with the checkpoint of {given} entries; it is {wanted}"),
    "V0112": words("fingerprint-not-met", "台账中没有任何一处与留存的指纹 {given} 相符；符合留存指纹的最后一处是 {last} 条", "nowhere has the log the fingerprint that was kept, {given}; the last one that it has is at {last} entries"),
    "V0113": words("kept-checkpoint-differs", "{size} 条处与留存的检查点 {given} 不符：其下有改动", "at {size} entries the log is not what the kept checkpoint says, {given}: something below was altered"),
    "V0114": words("shorter-than-kept", "留存的检查点有 {kept} 条，现在只有 {size} 条：末尾被删去", "the kept checkpoint has {kept} entries, and there are {size}: the end was cut off"),
    "V0115": words("kept-copy-differs", "与留存的副本 {copy} 不符：{what}", "the ledger is not what the kept copy {copy} says: {what}",
                   "两者之一被改动：用别处留存的指纹判断是哪一个", "one of the two was altered: a fingerprint that was kept elsewhere tells which"),
    "V0116": words("key-not-there", "本台账从未用过留存的公钥 {given}", "the key that was kept never signed this log: {given}"),
    "V0117": words("key-out-of-turn", "新密钥写明替换 {given}，当时在用的是 {wanted}", "the new key says it replaces {given}; in force was {wanted}"),
    "V0118": words("text-altered", "文本的摘要写作 {given}，内容算得 {found}", "the text says its digest is {given}; of its content it is {found}"),
    "V0119": words("behind-last-checkpoint", "最后的检查点在 {last} 条处，其后还有条目，共 {size} 条", "the last checkpoint is of {last} entries, and there are more: {size}"),
    "V0120": words("checkpoint-beyond", "有 {kept} 条处的检查点，而只有 {size} 条：末尾被删去", "there is a checkpoint of {kept} entries, and there are {size}: the end was cut off"),
    "V0121": words("other-log", "第一条写明的台账是 {given}，数据库写的是 {wanted}", "the first entry says of the log {given}; the database says {wanted}"),
    "V0122": words("tree-differs", "所存的树与各条不符：第 {level} 层第 {place} 块", "the tree that is kept is not that of the entries: level {level}, tile {place}"),
    "V0123": words("head-differs", "条数记作 {given}，实为 {wanted}", "the head says {given}; there are {wanted} entries"),
    "V0124": words("meta-differs", "台账的说明项是 {given}，应为 origin, schema, scope", "the ledger says of itself {given}; it is to be origin, schema, scope"),
    "V0125": words("row-missing", "表中没有这一行，按各条应有：{row}", "the table lacks a row that follows from the entries: {row}"),
    "V0126": words("row-of-no-entry", "表中有这一行，各条中没有来由：{row}", "the table has a row that no entry accounts for: {row}"),
    "V0127": words("over-cap", "限额 {cap}：由 {before} 到 {after}，至多 {most}", "the cap {cap}: from {before} to {after}, at most {most}"),
    "V0128": words("cap-jumps", "限额 {a}：此前用到 {b}，这一条写作 {c}", "the cap {a}: {b} was used before, and the entry says {c}"),
    "V0129": words("request-twice", "请求 {a} 已有第 {b} 条", "the request {a} has entry {b} already"),
    "V0130": words("file-damaged", "数据库自查有误：{detail}", "the database finds its file damaged: {detail}"),
    "V0131": words("schema-lacks", "数据库结构中少了：{given}", "the schema of the database lacks: {given}"),
    "V0132": words("not-the-commitment", "标识 {subject} 与其承诺值不符", "what stands for an identifier is not its commitment: {subject}"),
    "V0133": words("identifier-gone", "标识 {subject} 不见了，而没有抹除它的条目", "an identifier is gone, and no entry erases it: {subject}"),
    "V0134": words("identifier-of-nobody", "标识 {subject} 在任何条目中都没有出现", "an identifier occurs in no entry: {subject}"),
    "V0135": words("erased-is-there", "标识 {subject} 已经抹除，却还在", "an identifier was erased, and is there: {subject}"),
    "V0136": words("wrong-reversal", "冲销的第 {a} 条不能冲销、已经冲销，或金额不是它的相反数", "it reverses entry {a}, which cannot be reversed, was reversed already, or has another sum"),
    "V0137": words("schema-has", "数据库结构中多了：{given}", "the schema of the database has in addition: {given}"),
    "V0138": words("other-fingerprint", "请求表中的指纹不是这一条所写的", "the table of requests has another fingerprint than the entry"),
    "V0139": words("wrong-release", "拨付所依据的第 {a} 条没有核定、已经冲销，或该期已经拨付", "it releases an instalment of entry {a}, which is not determined, was reversed, or had it released already"),
    "V0140": words("cap-not-given-back", "冲销没有把限额 {a} 如数退回", "the reversal does not give back what was used of the cap {a}"),
    # V015 — replayed
    "V0151": words("text-missing", "台账中没有摘要为 {given} 的文本", "the ledger has no text with the digest {given}"),
    "V0152": words("cannot-replay", "无法重算：{why}", "it cannot be computed again: {why}"),
    "V0153": words("differs", "重算不同，始于{at}：记录 {recorded}，重算 {computed}（共 {count} 处不同）", "computed again it differs, first in {at}: recorded {recorded}, computed {computed} (differences: {count})"),
    # V02 — an export
    "V0201": words("not-of-the-checkpoint", "所导出的 {size} 条与检查点不符", "the {size} entries that were exported are not those of the checkpoint",
                   "导出件仍保留作为证据；运行 subsidy audit verify 查明何处", "the export is kept as evidence; subsidy audit verify finds where"),
    "V0202": words("entries-short", "只导出 {given} 条，检查点为 {size} 条", "{given} entries were exported, and the checkpoint has {size}",
                   "导出件仍保留作为证据；运行 subsidy audit verify 查明何处", "the export is kept as evidence; subsidy audit verify finds where"),
    "V0203": words("no-proof", "所存的树不能证明该条在检查点之内", "the tree that is kept does not prove the entry to be under the checkpoint",
                   "导出件仍保留作为证据；运行 subsidy audit verify 查明何处", "the export is kept as evidence; subsidy audit verify finds where"),
    "V0204": words("no-checkpoint", "台账没有可读的检查点", "the ledger has no checkpoint that can be read"),
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
