"""Exit codes, and which of them an error leads to."""

from __future__ import annotations

from enum import IntEnum

from ..errors import CatalogueError, InternalError, PolicyError, ServiceError, SubsidyError
from ..text import Text


class Exit(IntEnum):
    """What the exit code of every command means. An answer that the text leaves open is an answer: 0."""

    FINE = 0
    FINDING = 1
    USAGE = 2
    REQUEST = 3
    POLICY = 4
    INTERNAL = 70
    STOPPED = 130

    @property
    def meaning(self) -> Text:
        return _MEANINGS[self]


_MEANINGS = {
    Exit.FINE: Text("正常（金额未定也算）", "fine, also where the amount is undetermined"),
    Exit.FINDING: Text(
        "有所发现：重算不同、算例不符、检查有问题、不予核定或核定为 0",
        "a finding: a replay differs, an example fails, a check has problems, a claim is refused or comes to nothing",
    ),
    Exit.USAGE: Text(
        "命令写法有误，文件或地址不可用，或缺少安装项",
        "the command is not well formed, a file or an address cannot be used, or an extra is not installed",
    ),
    Exit.REQUEST: Text("事实或请求有误", "the facts or the request are wrong"),
    Exit.POLICY: Text("政策或政策目录有误", "a policy or the folder of policies is not sound"),
    Exit.INTERNAL: Text("内部错误", "an internal error"),
    Exit.STOPPED: Text("被 Ctrl-C 中止", "stopped by Ctrl-C"),
}


def exit_of(error: SubsidyError) -> Exit:
    """The exit code of an error, by whose move it is."""
    match error:
        case PolicyError() | CatalogueError():
            return Exit.POLICY
        case ServiceError():
            return Exit.USAGE
        case InternalError():
            return Exit.INTERNAL
        case _:
            return Exit.REQUEST
