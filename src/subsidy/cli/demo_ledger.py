"""The ledger part of `subsidy demo`: one cap over several claims, in a folder that is gone when it ends."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import RequestError
from ..policies import Catalogue, catalogue
from ..text import Language, Text
from . import recorded

if TYPE_CHECKING:
    from ..client import Client, Recorded
    from ..ledger.notes import Verifier

POLICY: Final = "cn/liaoning/shenyang/home-service"
SCOPE: Final = "210100"
_ADOPTION: Final = """\
# 虚构，仅供演示：没有任何机关采用 · fictional, for demonstration only: no bureau has adopted this
[adoption]
policy = "{policy}"
digest = "{digest}"
by = "虚构"
issuer = {{ zh = "虚构的民政局（演示）", en = "a fictional bureau (demonstration)" }}
document = "虚构〔2023〕1号"
dated = 2023-08-01
valid = {{ from = 2023-08-01 }}

[readings]
fewer_hours = "as_served"
more_hours = "first_45"
"""
_TITLE: Final = Text(
    "台账，经 gRPC 服务（采用文件是虚构的，仅供演示）：每人每月至多 1350 元，不论分几次申报",
    "The ledger over gRPC (under a fictional adoption, for demonstration): 1350 CNY a month per person over all claims",
)


@dataclass(frozen=True)
class Claimed:
    """A step of the demonstration: the request, what it shows, what is to come of it, and what came."""

    request: str
    shows: Text
    expected: str
    answer: Recorded
    is_proved: bool

    @property
    def comes_out(self) -> bool:
        """Whether it is as it should be, and proved to be in the ledger."""
        return str(self.answer.amount) == self.expected and self.is_proved


_STEPS: Final = (
    ("demo-1", Text("第一次申报，20 小时，每小时 30 元", "a first claim: 20 hours at 30 CNY"), "600.00"),
    ("demo-2", Text("第二次申报，同样", "a second claim, the same"), "600.00"),
    (
        "demo-1",
        Text("第一次申报重发：同一条，逐字节相同", "the first one again: the same entry, byte for byte"),
        "600.00",
    ),
    ("demo-3", Text("第三次申报：只余 150 元", "a third claim: 150 CNY are left"), "150.00"),
    ("demo-4", Text("第四次申报：没有余额", "a fourth claim: nothing is left"), "0.00"),
)
_FACTS: Final = {"beneficiary": "DEMO-1", "month": "2023-08", "hours": "20", "price": "30"}


def adopted(folder: Path) -> Catalogue:
    """The shipped policies under a fictional adoption, which is written into a folder."""
    policy = catalogue().policy(POLICY)
    file = folder / "adoptions" / POLICY / f"{dt.date(2023, 8, 1)}.toml"
    file.parent.mkdir(parents=True)
    file.write_text(_ADOPTION.format(policy=POLICY, digest=policy.digest), "utf-8")
    return Catalogue(adoptions=folder / "adoptions")


@dataclass(frozen=True)
class Shown:
    """The demonstration as it came out."""

    claims: tuple[Claimed, ...]
    lines: tuple[tuple[Text, ...], ...]

    @property
    def is_same_again(self) -> bool:
        """Whether a retry has the same answer, byte for byte, and no second entry."""
        by_request: dict[str, set[bytes]] = {}
        for each in self.claims:
            by_request.setdefault(each.request, set()).add(each.answer.message.SerializeToString(deterministic=True))
        positions = {each.answer.index for each in self.claims}
        return all(len(answers) == 1 for answers in by_request.values()) and len(positions) == len(by_request)

    @property
    def comes_out(self) -> bool:
        return self.is_same_again and all(each.comes_out for each in self.claims)

    def said(self, languages: tuple[Language, ...]) -> Iterator[str]:
        yield "━" * 78
        for language in languages:
            yield _TITLE.in_(language)
        yield ""
        for claim, lines in zip(self.claims, self.lines, strict=True):
            mark = "✓" if claim.comes_out else "✗"
            yield f"{mark} {claim.request}  " + " · ".join(claim.shows.in_(language) for language in languages)
            for language in languages:
                yield from ("    " + line.in_(language) for line in lines)
            yield ""

    def data(self) -> list[dict[str, Any]]:
        return [
            {
                "request": each.request,
                "entry": each.answer.index,
                "decision": each.answer.decision,
                "amount": str(each.answer.amount),
                "comes_out": each.comes_out,
            }
            for each in self.claims
        ]


def run() -> Shown:
    """Determine over the service, retry, cut to what is left, and find nothing left."""
    from ..client import Client
    from ..ledger import Ledger
    from ..service import Server

    with tempfile.TemporaryDirectory() as name:
        policies = adopted(Path(name))
        with (
            Ledger(f"sqlite:///{name}/ledger.db", SCOPE, policies) as ledger,
            Server(policies, ledger=ledger) as server,
            Client(server.address) as client,
        ):
            keys = ledger.verifiers()
            claims = tuple(_claimed(client, keys, *step) for step in _STEPS)
            lines = tuple(tuple(recorded.said(ledger, each.answer.index or 0, each.answer.entry)) for each in claims)
    return Shown(claims, lines)


def _claimed(client: Client, keys: list[Verifier], request: str, shows: Text, expected: str) -> Claimed:
    answer = client.determine(POLICY, _FACTS, request=request)
    try:
        is_proved = bool(answer.verify(*keys))
    except RequestError:
        is_proved = False
    return Claimed(request, shows, expected, answer, is_proved)
