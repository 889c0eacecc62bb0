"""What stands beside a version of a policy: the bureau's adoptions, and the texts of lower levels that fill it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ..calculation.basis import Adoption, Filling
from ..calculation.policy import Policy
from ..policies import Catalogue
from ..text import Language, Text
from .paper import Section


class Beside:
    """The adoptions and texts that have a day in common with a version, of what was known by a day."""

    def __init__(self, catalogue: Catalogue, policy: Policy, known: dt.date | None) -> None:
        stands = catalogue.bases.standing(policy.id, known)
        self.policy = policy
        self.adoptions = [each for each in stands.adoptions if self._meets(each)] if stands else []
        self.texts = [each for each in stands.texts(policy) if self._meets(each)] if stands else []

    def _meets(self, each: Adoption | Filling) -> bool:
        begins = self.policy.last_day is None or each.first <= self.policy.last_day
        return begins and (each.last is None or self.policy.first_day <= each.last)

    def data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "adoptions": [
                {**each.plain(), "adopts_this": each.policy_digest == self.policy.digest} for each in self.adoptions
            ],
            "texts": [
                {
                    **each.plain(),
                    "division": each.division,
                    "from": each.first.isoformat(),
                    "until": each.last and each.last.isoformat(),
                }
                for each in self.texts
            ],
        }

    def sections(self, language: Language) -> tuple[Section, ...]:
        """A section of the page; none where nothing stands beside the policy."""
        said = [*map(self._adoption, self.adoptions), *map(self._text, self.texts)]
        title = Text("采用与下级文件", "Adoptions and texts of lower levels")
        return (Section(title.in_(language), tuple(each.in_(language) for each in said)),) if said else ()

    def _adoption(self, each: Adoption) -> Text:
        span, named = each.span, f"{each.document} · {each.dated}"
        is_this = each.policy_digest == self.policy.digest
        return Text(
            f"采用：{each.issuer.zh} · {named} · 施行：{span.zh}" + ("" if is_this else "；所采用的是另一文本"),
            f"Adopted by: {each.issuer.en} · {named} · in force {span.en}" + ("" if is_this else "; of another text"),
        )

    def _text(self, each: Filling) -> Text:
        label, place = (
            self.policy.program.parameters[each.parameter].label,
            self.policy.vocabulary.divisions[each.division].name,
        )
        number = f"{each.number} " if each.number else ""
        zh = f"{each.first} 起" + (f"至 {each.last}" if each.last else "")
        en = f"from {each.first}" + (f" to {each.last}" if each.last else "")
        return Text(
            f"下级文件：{label.zh} ← {place.zh} · {number}{each.title.zh}〔{each.clause}〕 · 施行：{zh}",
            f"Filled by: {label.en} ← {place.en} · {number}{each.title.en} [{each.clause}] · in force {en}",
        )
