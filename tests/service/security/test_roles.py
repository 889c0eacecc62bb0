"""The roles file: all that is wrong with it at once, where it stands, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

import subsidy
from subsidy.errors import ServiceError
from subsidy.service.security.roles import read_roles

DIVISIONS = subsidy.catalogue().folder.vocabulary.divisions
WRONG = """\
denied = ["gone", "spiffe://[x"]

[roles.bureau]
methods = ["LedgerService/Determin", "LedgerService/*", "AuditService/Verify"]
divisions = ["140899"]
policies = ["cn/shanxi/*", "CN", "cn/*/x"]

[roles.auditor]
methods = ["AuditService/*"]

[roles.writer]
methods = ["LedgerService/Reverse"]

[[callers]]
identity = "spiffe://a.example/one"
roles = ["auditor", "writer"]

[[callers]]
identity = "spiffe://a.example/one"
roles = ["burea"]

[[callers]]
identity = "bureau 1"
roles = ["auditor"]
"""
SAID = """\
roles.toml:1: denied[0]: gone is no URI that a certificate can have
roles.toml:1: denied[1]: spiffe://[x is no URI that a certificate can have
roles.toml:4: roles.bureau.methods: bureau audits ledgers and writes into them
roles.toml:4: roles.bureau.methods[0]: there is no method LedgerService/Determin
roles.toml:5: roles.bureau.divisions[0]: there is no division 140899
roles.toml:6: roles.bureau.policies[1]: CN is no policy id and no beginning of one with /*
roles.toml:6: roles.bureau.policies[2]: cn/*/x is no policy id and no beginning of one with /*
roles.toml:16: callers[0].roles: spiffe://a.example/one audits ledgers and writes into them
roles.toml:19: callers[1].identity: spiffe://a.example/one is written twice
roles.toml:20: callers[1].roles[0]: there is no role burea
roles.toml:23: callers[2].identity: bureau 1 is no URI that a certificate can have"""
SAID_ZH = [
    "gone 不是证书中可有的 URI",
    "spiffe://[x 不是证书中可有的 URI",
    "bureau 既审计台账又写台账",
    "没有方法 LedgerService/Determin",
    "没有行政区划 140899",
    "CN 不是政策 id，也不是其开头加 /*",
    "cn/*/x 不是政策 id，也不是其开头加 /*",
    "spiffe://a.example/one 既审计台账又写台账",
    "spiffe://a.example/one 写了两次",
    "没有角色 burea",
    "bureau 1 不是证书中可有的 URI",
]


def refused(path: Path) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        read_roles(path, DIVISIONS)
    return error.value


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    """Each with its line, what was given, and for a mistyped name the one that was meant."""
    path = tmp_path / "roles.toml"
    path.write_text(WRONG, "utf-8")
    problems = refused(path).problems
    said = [
        f"{each.place.file}:{each.place.line}: {each.where}: {each.message('en')}" for each in problems if each.place
    ]
    assert "\n".join(said) == SAID
    assert [each.message("zh") for each in problems] == SAID_ZH
    assert {each.values["given"]: str(each.values["hint"]) for each in problems if "hint" in each.values}.keys() == {
        "LedgerService/Determin",
        "burea",
    }


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("[roles.a]\nmethods = []\n", ["P0107"]),
        ("[roles.a]\nmethod = ['AuditService/*']\n", ["P0105"]),
        ("[roles.a\n", ["P0101"]),
        ("", ["P0106"]),
    ],
)
def test_what_is_no_roles_file_is_said_as_of_any_other_file(tmp_path: Path, text: str, codes: list[str]) -> None:
    """Its shape is checked as that of a policy is, with the same codes."""
    path = tmp_path / "roles.toml"
    path.write_text(text, "utf-8")
    assert [each.code for each in refused(path).problems] == codes


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The path, and why it cannot be read."""
    (problem,) = refused(tmp_path / "none.toml").problems
    assert problem.message("en") == f"{tmp_path}/none.toml cannot be read: No such file or directory"
    assert problem.message("zh") == f"{tmp_path}/none.toml 不能读取：No such file or directory"


def test_what_a_file_does_not_name_is_not_granted(tmp_path: Path) -> None:
    """A pattern is the beginning of an id up to its stroke, and no other text that begins alike."""
    path = tmp_path / "roles.toml"
    path.write_text(
        '[roles.a]\nmethods = ["LedgerService/Get*", "PolicyService/GetPolicy"]\npolicies = ["cn/a/*"]\n', "utf-8"
    )
    assert [each.code for each in refused(path).problems] == ["S0411"]
    path.write_text('[roles.a]\nmethods = ["PolicyService/*"]\npolicies = ["cn/a/*", "cn/b/c"]\n', "utf-8")
    path.write_text(
        path.read_text("utf-8") + '[[callers]]\nidentity = "spiffe://a.example/x"\nroles = ["a"]\n', "utf-8"
    )
    (role,) = read_roles(path, DIVISIONS).of("spiffe://a.example/x")
    assert role.methods == {"PolicyService/ListPolicies", "PolicyService/GetPolicy"}
    taken = [each for each in ("cn/a/b", "cn/ab/c", "cn/a", "cn/b/c", "cn/b/c/d", "*", "") if role.is_for(each)]
    assert taken == ["cn/a/b", "cn/b/c"]
    assert not read_roles(path, DIVISIONS).of("spiffe://a.example/y")
