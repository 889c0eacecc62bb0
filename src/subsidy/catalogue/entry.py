"""One module of a folder, read and not yet compiled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from .documents import Headed, Module, Repeal
from .head import Head
from .origin import Origin


@dataclass(frozen=True, slots=True)
class Entry:
    """One module as it stands in the folder: what the compiler needs, and what proves which text it was."""

    path: str
    document: Headed
    data: dict[str, Any]
    origin: Origin
    digest: str
    is_locked: bool

    @property
    def head(self) -> Head:
        return self.document.policy

    @property
    def start(self) -> dt.date:
        return self.head.valid.from_

    @property
    def is_repeal(self) -> bool:
        """Whether the text ends the policy, and so has nothing to compute."""
        return isinstance(self.document, Repeal)

    @property
    def module(self) -> Module:
        """The document of a version that pays."""
        assert isinstance(self.document, Module)
        return self.document
