"""A text that is published later with an earlier effect, and adopted: what an impact is about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.ledger.support import NURSING, Place, adopt, bureau

import subsidy

DAY: Final = "2024-03-01"
_CHANGED: Final = [
    ('version = "2024-01-01"', f'version = "{DAY}"'),
    ("from = 2024-01-01", f"from = {DAY}"),
    ("published = 2024-01-01", "published = 2024-06-01"),
    ("issued = 2024-01-01", "issued = 2024-06-01"),
    ('value = "1000"', 'value = "1100"'),
    (
        'shares = [{ payer = "county", percent = "100%" }]',
        'shares = [{ payer = "county", percent = "80%" }, { payer = "city", percent = "20%" }]',
    ),
]


@dataclass(frozen=True)
class Bureau:
    """The folders of a fictional bureau of its own, and its ledger."""

    folder: Path
    place: Place

    def catalogue(self) -> subsidy.Catalogue:
        """What there is now, read anew."""
        return subsidy.Catalogue(self.folder / "policies", adoptions=self.folder / "adoptions")

    def later(self, *, is_adopted: bool = True) -> None:
        """A text is published by which the month has 1100 from March on, and the city bears a fifth."""
        file = self.folder / "policies" / NURSING / "2024-01-01.toml"
        text = file.read_text("utf-8").partition("[[examples]]")[0]
        for old, new in _CHANGED:
            assert old in text
            text = text.replace(old, new)
        text += (
            '[[examples]]\nname = "余额不足"\nsource = "derived"\n'
            'facts = { elder = "E", bill = "B", month = "2024-07", cost = "900", left_monthly = "1000", '
            'left_lifetime = "100.01" }\nexpect = { amount = "100.01" }\n'
        )
        (self.folder / "policies" / NURSING / f"{DAY}.toml").write_text(text, "utf-8")
        adoptions = self.folder / "adoptions"
        plain = subsidy.Catalogue(self.folder / "policies")
        adopt(adoptions, plain.policy(NURSING, on="2024-01-01"), "2024-01-01", "2024-02-29", {})
        if is_adopted:
            adopt(adoptions, plain.policy(NURSING, on=DAY), DAY, "2024-12-31", {})
        self.place.catalogue = self.catalogue()

    @property
    def words(self) -> list[str]:
        """The folders and the ledger as a command takes them."""
        return [
            "--ledger", self.place.url, "--policies", str(self.folder / "policies"),
            "--adoptions", str(self.folder / "adoptions"),
        ]  # fmt: skip


def own(place: Place, folder: Path) -> Bureau:
    """A bureau whose folders this test alone may change."""
    place.catalogue = bureau(folder)
    return Bureau(folder, place)
