"""`subsidy ledger`: making a ledger, reading it, its proofs and its keys."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import Problem
from ..extras import needs
from ..text import Text
from . import recorded
from .determine import EntryIndex
from .exits import Exit
from .options import Adoptions, AsJson, Folder, Lang, catalogue_of
from .output import both, pick, reports, say, show_canonical, show_json, show_problems
from .recorded import KeyFile, LedgerUrl, RequestId

group = typer.Typer(no_args_is_help=True, help="台账 · the ledger: make it, read it, its proofs and its keys")

DivisionCode = Annotated[
    str,
    typer.Option(
        "--scope",
        metavar="DIVISION",
        envvar="SUBSIDY_SCOPE",
        show_default=False,
        help="核定机关的行政区划，六位代码 · the division whose bureau determines, six digits",
    ),
]
First = Annotated[int, typer.Option("--first", metavar="INDEX", min=0, help="从第几条起 · from which entry on")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="最多几条 · how many at most")]
NewKey = Annotated[
    Path,
    typer.Argument(metavar="FILE", show_default=False, help="新密钥的文件，尚不存在 · of the new key; not there yet"),
]
BackupFile = Annotated[
    Path, typer.Argument(metavar="FILE", show_default=False, help="备份文件，尚不存在 · of the copy; not there yet")
]
Person = Annotated[
    str,
    typer.Argument(metavar="IDENTIFIER", show_default=False, help="要抹除的标识，如证件号 · the identifier to erase"),
]
Ground = Annotated[str, typer.Option("--ground", metavar="TEXT", help="依据 · by which law or decision")]
Retention = Annotated[
    str,
    typer.Option(
        "--retention", metavar="TEXT", help="会计凭证的保管如何处理 · how the duty to keep vouchers was settled"
    ),
]
ErasedOn = Annotated[
    str | None,
    typer.Option("--on", metavar="DATE", help="按该日看限额是否结束，缺省今天 · the day by which caps are over; today"),
]
Role = Annotated[
    str, typer.Argument(metavar="ROLE", show_default=False, help="数据库角色 · the role that the service connects as")
]


@group.command("create")
@reports
def create(
    scope: DivisionCode,
    ledger: LedgerUrl = None,
    key: KeyFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
) -> Exit:
    """建立台账和签名密钥 · make a ledger, and the key that signs it.

    subsidy ledger create --ledger sqlite:///ledger.db --scope 210100
    """
    with needs("ledger"):
        from ..ledger import Ledger
    with Ledger(recorded.needed(ledger), scope, catalogue_of(policies), key=key, is_new=True) as made:
        data = _state(made)
        if as_json:
            show_json({**data, "key_file": str(made.key_file)})
        else:
            _say_state(data, lang)
            zh = f"密钥文件：{made.key_file}；另行备份，不与台账放在一处"
            en = f"Key file: {made.key_file}; keep a copy of it, apart from the ledger"
            say(pick(lang, zh, en))
    return Exit.FINE


@group.command("show")
@reports
def show(ledger: LedgerUrl = None, lang: Lang = None, as_json: AsJson = False) -> Exit:
    """台账的检查点、指纹、条数和公钥 · its checkpoint, fingerprint, size and keys: what an auditor keeps.

    有人写入时也可以读。 It can be read while somebody writes.
    """
    with recorded.reader(ledger) as opened:
        data = _state(opened)
    if as_json:
        show_json(data)
    else:
        _say_state(data, lang)
        say("\n" + data["checkpoint"].rstrip("\n"))
    return Exit.FINE


def _state(opened: Any) -> dict[str, Any]:
    note = opened.checkpoint()
    size, fingerprint = recorded.checkpoint(note)
    return {
        "ledger": opened.store.shown,
        "origin": opened.origin,
        "scope": opened.scope,
        "size": size,
        "fingerprint": fingerprint,
        "checkpoint": note,
        "keys": [str(each) for each in opened.verifiers()],
    }


def _say_state(data: dict[str, Any], lang: Any) -> None:
    lines = [
        (Text("台账", "Ledger"), data["ledger"]),
        (Text("行政区划", "Scope"), data["scope"]),
        (Text("条数", "Entries"), str(data["size"])),
        (Text("指纹", "Fingerprint"), data["fingerprint"]),
        *((Text("公钥", "Key"), key) for key in data["keys"]),
    ]
    for label, value in lines:
        say(pick(lang, f"{label.zh}：{value}", f"{label.en}: {value}"))


@group.command("entries")
@reports
def entries(
    first: First = 0, limit: Limit = 100, ledger: LedgerUrl = None, lang: Lang = None, as_json: AsJson = False
) -> Exit:
    """列出各条；JSON 为全文 · list the entries; in full as JSON."""
    with recorded.reader(ledger) as opened:
        found = list(opened.entries(first, limit))
        size = opened.size
    if as_json:
        show_json([{"position": position, "entry": body} for position, body in found])
        return Exit.FINE
    for position, body in found:
        say(recorded.summary(position, body).in_(lang or "zh"))
    end = first + len(found)
    if end < size:
        say(pick(lang, f"共 {size} 条；下面的用 --first {end}", f"of {size}; the next ones with --first {end}"))
    return Exit.FINE


@group.command("proof")
@reports
def proof(entry: EntryIndex, ledger: LedgerUrl = None, lang: Lang = None, as_json: AsJson = False) -> Exit:
    """一条在台账中的存证（C2SP tlog-proof） · the proof that an entry is in the ledger; with the entry as JSON."""
    with recorded.reader(ledger) as opened:
        answer = opened.answer(entry)
        if not answer.is_proved(opened.verifiers()):
            show_problems([Problem.of("R0530", f"entry.{entry}", detail=_ALTERED)], lang, as_json=as_json)
            return Exit.FINDING
    if as_json:
        show_canonical(answer.to_bytes())
    else:
        say(answer.tlog_proof.rstrip("\n"))
    return Exit.FINE


@group.command("rotate-key")
@reports
def rotate_key(
    new_key: NewKey,
    ledger: LedgerUrl = None,
    key: KeyFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
) -> Exit:
    """改用新的签名密钥；更换本身记入台账 · sign with a new key from now on; the change is an entry."""
    with recorded.opened(ledger, None, key, catalogue_of(policies)) as opened:
        verifier = opened.rotate_key(new_key)
    if as_json:
        show_json({"key": str(verifier), "key_file": str(new_key)})
    else:
        zh = f"新公钥：{verifier}\n此后用 --key {new_key}"
        say(pick(lang, zh, f"New key: {verifier}\nUse --key {new_key} from now on"))
    return Exit.FINE


@group.command("backup")
@reports
def backup(target: BackupFile, ledger: LedgerUrl = None, lang: Lang = None, as_json: AsJson = False) -> Exit:
    """把台账复制到新的 SQLite 文件，写入时也可以；不含密钥 · copy it into a new file of SQLite, without the key."""
    with recorded.reader(ledger) as opened:
        size = opened.backup(target)
    if as_json:
        show_json({"file": str(target), "size": size})
    else:
        say(pick(lang, f"{target}：{size} 条", f"{target}: {size} entries"))
    return Exit.FINE


@group.command("erase")
@reports
def erase(
    person: Person,
    request: RequestId = None,
    ground: Ground = "",
    retention: Retention = "",
    on: ErasedOn = None,
    ledger: LedgerUrl = None,
    key: KeyFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
    policies: Folder = None,
    adoptions: Adoptions = None,
) -> Exit:
    """抹除一人的标识：此后无人能说哪些条是他的；各条仍在 · erase an identifier; the entries themselves stay.

    此人还有未结束的限额时不予抹除；会计凭证的保管期限如何处理，由本机关写明。
    Refused while a cap of that person is open; how the duty to keep vouchers was settled is for the bureau to say.
    """
    made = recorded.named(request)
    day = on or dt.datetime.now().astimezone().date().isoformat()
    with recorded.opened(ledger, None, key, catalogue_of(policies, adoptions)) as opened:
        answer = opened.erase(person, ground=ground, retention=retention, on=day, request=made)
    if as_json:
        show_canonical(answer.to_bytes())
    else:
        zh = f"第 {answer.position} 条：已抹除。以前的备份里还有，须一并处理"
        say(pick(lang, zh, f"Entry {answer.position}: erased. Earlier copies still have it, for you to deal with"))
    return Exit.FINE


@group.command("grant")
@reports
def grant(role: Role, lang: Lang = None, as_json: AsJson = False) -> Exit:
    """打印 PostgreSQL 授权语句：角色只能添加，不能改写 · print the SQL by which a role may append, and rewrite nothing.

    由建立台账的用户执行一次。 To be run once by the user who made the ledger.
    """
    with needs("ledger"):
        from ..ledger.granting import statements
    found = statements(role)
    if as_json:
        show_json({"role": role, "sql": found, "note": both(_GRANTED)})
    else:
        say(f"-- {_GRANTED.in_(lang or 'zh')}")
        say("\n".join(found))
    return Exit.FINE


_ALTERED = Text("该条与签过名的检查点不符", "the entry is not what its signed checkpoint says")
_GRANTED = Text(
    "各条、请求、检查点只能添加；限额、树和标识可以改",
    "entries, requests and checkpoints can be appended alone; buckets, tree and identifiers can be changed",
)
