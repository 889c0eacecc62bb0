"""The extras of the package: what is said where one is needed and was not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtra(ModuleNotFoundError):
    """An extra is needed that is not installed; the text has the line that installs it."""

    def __init__(self, extra: str) -> None:
        super().__init__(
            f"此处需要安装项 {extra}：  pip install 'subsidy[{extra}]'\n"
            f"this needs the extra {extra}:  pip install 'subsidy[{extra}]'"
        )


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Imports within need an extra.

    Raises:
        MissingExtra: a module that does not belong to this package cannot be found.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("subsidy"):
            raise
        raise MissingExtra(extra) from None
