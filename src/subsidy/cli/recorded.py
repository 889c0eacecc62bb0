"""What the commands over a ledger share: their options, how a ledger is opened, and how its answers are printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ..extras import needs
from ..policies import Catalogue
from ..text import Language, Text
from .exits import Exit
from .output import say, show_canonical

if TYPE_CHECKING:
    from ..calculation.explanation import Explanation, Line
    from ..ledger import Answer, Ledger, Reader

LedgerUrl = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL",
        envvar="SUBSIDY_LEDGER",
        help="台账 · the ledger: sqlite:///ledger.db, postgresql://user@host/database",
    ),
]
Scope = Annotated[
    str | None,
    typer.Option(
        "--scope",
        metavar="DIVISION",
        envvar="SUBSIDY_SCOPE",
        help="核定机关的行政区划；缺省为台账自己的 · the bureau's division; the ledger's own unless given",
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        envvar="SUBSIDY_KEY",
        help="签名密钥；SQLite 缺省在台账旁 · the key that signs; beside a file of SQLite unless given",
    ),
]
RequestId = Annotated[
    str | None,
    typer.Option(
        "--request",
        metavar="ID",
        help="请求号：自定，不含个人信息；同号重试不会再次核定 · your own id for this request, without personal data; "
        "a retry under it has no second effect",
    ),
]
_WORDS: Final = {
    "opened": Text("建立台账", "the ledger is opened"),
    "key": Text("签名密钥", "a key that signs"),
    "text": Text("所依据的文本", "a text that is rested on"),
    "roster": Text("名单：登记标识", "a roster: identifiers are named"),
    "determined": Text("核定", "determined"),
    "nothing": Text("核定为 0", "nothing is paid"),
    "refused": Text("不予核定", "refused"),
    "reversed": Text("冲销", "reversed"),
    "paid": Text("拨付", "paid"),
    "lapses": Text("作废", "lapses"),
    "waits": Text("暂缓", "waits"),
    "erasure": Text("抹除标识", "an identifier is erased"),
}


_ROLES: Final = {
    "vocabulary": Text("所依据的词汇", "the vocabulary that is rested on"),
    "divisions": Text("所依据的区划", "the divisions that are rested on"),
    "policy": Text("所依据的政策", "a policy that is rested on"),
    "fill": Text("所依据的下级文本", "a text of a lower level that is rested on"),
    "adoption": Text("所依据的采用文件", "an adoption that is rested on"),
}
ADVICE: Final = "!"  # the mark of a condition that stops nothing


def needed(url: str | None) -> str:
    """The address of the ledger.

    Raises:
        typer.BadParameter: none is given.
    """
    if url is None:
        raise typer.BadParameter("须给出 --ledger 或 SUBSIDY_LEDGER · --ledger or SUBSIDY_LEDGER is needed")
    return url


def named(request: str | None) -> str:
    """The request id.

    Raises:
        typer.BadParameter: none is given.
    """
    if request is None:
        raise typer.BadParameter("须给出 --request · --request is needed")
    return request


def reader(url: str | None) -> Reader:
    """The ledger, to read from, also while somebody writes.

    Raises:
        RequestError, ServiceError: it is none, or cannot be opened.
    """
    with needs("ledger"):
        from ..ledger import Reader
    return Reader(needed(url))


def opened(url: str | None, scope: str | None, key: Path | None, catalogue: Catalogue) -> Ledger:
    """The ledger, to write to. One that is not there is never made by the way: caps would begin anew.

    Raises:
        RequestError, ServiceError: there is none, it is another division's, or it cannot be opened.
    """
    with needs("ledger"):
        from ..ledger import Ledger
    return Ledger(needed(url), scope or None, catalogue, key=key, is_new=False)


def exit_for(answer: Answer) -> Exit:
    """A refusal on the merits, or nothing to be paid, is a finding."""
    return Exit.FINDING if answer.decision in ("refused", "nothing") else Exit.FINE


def show(ledger: Ledger, answer: Answer, lang: Language | None, as_json: bool) -> None:
    """An answer: as the bytes that every retry has, or in a few lines."""
    if as_json:
        show_canonical(answer.to_bytes())
        return
    language = lang or "zh"
    for line in said(ledger, answer.position, answer.body):
        say(line.in_(language))
    say(closing(answer).in_(language))


def said(ledger: Ledger, position: int, body: Mapping[str, Any]) -> Iterator[Text]:
    """What an entry decides, why, and what was left of each cap."""
    if body["kind"] == "determination":
        from ..ledger.explaining import explained

        explanation = explained(ledger.catalogue, position, body)
        failed = missed(explanation) if body["decision"] == "nothing" else ()
        for line in next(section for section in explanation.sections if section.name == "ledger").lines:
            if line.kind == "refusal":
                yield Text(f"  {line.mark} {line.said.zh}", f"  {line.mark} {line.said.en}")
                continue
            indent = "" if line.kind == "determination" else "  "
            clause = (f"〔{line.clause}〕", f" [{line.clause}]") if line.clause else ("", "")
            yield Text(
                f"{indent}{line.label.zh}{clause[0]}：{line.said.zh}",
                f"{indent}{line.label.en}{clause[1]}: {line.said.en}",
            )
            if line.kind == "determination":
                yield from (Text(f"  ✗ {each.zh}", f"  ✗ {each.en}") for each in failed)
        return
    yield summary(position, body)
    if body["kind"] == "reversal":
        yield from _given_back(ledger, body)


def missed(explanation: Explanation) -> Iterator[Text]:
    """The conditions that a claim does not meet, and by which nothing is paid."""
    for section in explanation.sections:
        for line in section.lines:
            if section.name == "conditions" and line.verdict == "fails" and line.mark != ADVICE:
                yield _one_line(line)


def used_up(explanation: Explanation, body: Mapping[str, Any]) -> Iterator[Text]:
    """The caps of which nothing was left for a claim."""
    empty = {each["cap"] for each in body["caps"] if each["before"] >= each["most"]}
    for section in explanation.sections:
        for line in section.lines:
            if section.name == "ledger" and line.kind == "used" and line.name in empty:
                yield _one_line(line)


def _one_line(line: Line) -> Text:
    clause = (f"〔{line.clause}〕", f" [{line.clause}]") if line.clause else ("", "")
    said = (f"：{line.said.zh}", f": {line.said.en}") if line.said.zh else ("", "")
    return Text(f"{line.label.zh}{clause[0]}{said[0]}", f"{line.label.en}{clause[1]}{said[1]}")


def _given_back(ledger: Ledger, body: Mapping[str, Any]) -> Iterator[Text]:
    from ..ledger.claims import ONCE, yuan

    award = ledger.answer(body["reverses"]).body
    policy = ledger.catalogue.by_digest(award["receipt"]["policy"]["digest"]) if "receipt" in award else None
    caps = {cap.name: cap for cap in policy.program.caps} if policy else {}
    for each in body["caps"]:
        cap = caps.get(each["cap"])
        label = cap.label if cap else Text("只付一次", "paid once") if each["cap"] == ONCE else Text(*[each["cap"]] * 2)
        counts = each["cap"] == ONCE or (cap is not None and bool(cap.times))
        before, after = (str(each[name]) if counts else yuan(each[name]) for name in ("before", "after"))
        zh, en = ("次", "times") if counts else ("元", "CNY")
        yield Text(
            f"  {label.zh}：已用 {before} {zh} → {after} {zh}", f"  {label.en}: {before} {en} used → {after} {en}"
        )


def summary(position: int, body: Mapping[str, Any]) -> Text:
    """An entry in one line."""
    kind = body["kind"]
    word = _WORDS.get(str(body.get("decision", "reversed" if kind == "reversal" else kind)), Text(kind, kind))
    zh, en = f"第 {position} 条：{word.zh}", f"Entry {position}: {word.en}"
    match kind:
        case "determination":
            policy, amount = body["policy"], body["amount"]
            return Text(
                f"{zh}，{amount} 元，{policy}，{body['dated']}", f"{en}, {amount} CNY, {policy}, {body['dated']}"
            )
        case "reversal":
            of, amount, why = body["reverses"], body["amount"], body["why"]
            return Text(f"{zh}第 {of} 条，{amount} 元，{why}", f"{en}: entry {of}, {amount} CNY, {why}")
        case "release":
            of, amount, name = body["award"], body["amount"], body["release"]["instalment"]
            return Text(f"{zh}，第 {of} 条的 {name}，{amount} 元", f"{en}: {name} of entry {of}, {amount} CNY")
        case "text":
            role = _ROLES.get(body["role"], word)
            return Text(f"第 {position} 条：{role.zh} {body['path']}", f"Entry {position}: {role.en}: {body['path']}")
        case "roster":
            return Text(
                f"{zh}，{body['batch']}，{len(body['subjects'])}", f"{en}, {body['batch']}, {len(body['subjects'])}"
            )
        case _:
            return Text(zh, en)


def closing(answer: Answer) -> Text:
    """Which checkpoint proves it."""
    size, fingerprint = checkpoint(answer.checkpoint)
    return Text(f"台账 {size} 条，检查点 {fingerprint}", f"ledger of {size} entries, checkpoint {fingerprint}")


def checkpoint(note: str) -> tuple[int, str]:
    """The size and the fingerprint of a checkpoint."""
    from ..ledger.notes import read_checkpoint

    found = read_checkpoint(note)
    return found.size, found.fingerprint
