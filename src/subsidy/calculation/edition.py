"""An edition: one version of a policy as compiled, with everything that its results and explanations refer to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from ..catalogue.documents import Gap, Module
from ..catalogue.entry import Entry
from ..catalogue.vocabulary import Vocabulary
from ..language import program as p
from ..language.folding import OPEN
from ..text import Text
from .basis import NOTHING, Basis


class Edition:
    """One version of a policy; nothing changes it once it is made.

    Attributes:
        document: the module as written.
        program: the typed program.
        vocabulary: the words and divisions that it refers to.
        first_day: the first day on which this version applies, as stated unless a later text took its first days.
        last_day: the last day on which this version applies; None where it is open.
        steps: the steps of the program by name.
        places: where each part of the program stands, by its name.
        caps: its caps over all claims, by name.
        limits: how much each allows, in fen, or how often; None where a step or an open parameter says so.
        from_ledger: the facts that a ledger states.
        counted: which parts of the program are summed into the amount.
        required: which of its conditions must hold for anything to be paid.
        required_for: for each of its parts, which conditions must hold.
        is_released: whether the catalogue's lock has its digest.
        path: its file, below the catalogue's folder.
        origin: where its keys stand in that file.
        entry: the module as it stands there.
        basis: the adoption and the texts of lower levels under which `program` stands as it is.
        defaults: the reading of each interpretation where a caller chooses none, ``open`` for none.
    """

    def __init__(
        self,
        entry: Entry,
        program: p.Program,
        vocabulary: Vocabulary,
        last_day: dt.date | None,
        basis: Basis = NOTHING,
        *,
        first_day: dt.date | None = None,
    ) -> None:
        self.entry = entry
        self.basis = basis
        self.document: Module = entry.module
        self.program = program
        self.vocabulary = vocabulary
        self.first_day = first_day or entry.start
        self.last_day = last_day
        self.is_released = entry.is_locked
        self.steps = MappingProxyType({step.name: step for step in program.steps})
        self.places = MappingProxyType({part.name: index for index, part in enumerate(program.parts)})
        self.caps = MappingProxyType({cap.name: cap for cap in program.caps})
        self.limits = MappingProxyType({cap.name: _limit(cap, program) for cap in program.caps})
        self.from_ledger = tuple(f for f in program.facts.values() if f.left_of or f.from_ledger is not None)
        self.counted = tuple(index for index, part in enumerate(program.parts) if part.counted)
        tests = program.conditions
        self.required = tuple(i for i, test in enumerate(tests) if test.kind == "required" and not test.parts)
        self.required_for = tuple(
            tuple(i for i, test in enumerate(tests) if test.concerns(part.name)) for part in program.parts
        )
        self.path = entry.path
        self.origin = entry.origin
        recommended = {name: item.recommended or OPEN for name, item in program.interpretations.items()}
        self.defaults = MappingProxyType({name: basis.readings.get(name, way) for name, way in recommended.items()})

    @property
    def pays(self) -> bool:
        """Whether there is an amount at all; a policy may only set standards."""
        return bool(self.program.parts)

    @property
    def id(self) -> str:
        """The policy's path, such as cn/shanxi/yuncheng/bed-subsidy."""
        return self.program.id

    @property
    def version(self) -> str:
        """The version, a date."""
        return self.program.version

    @property
    def revision(self) -> int:
        """The revision of our encoding, from 1."""
        return self.program.revision

    @property
    def digest(self) -> str:
        """SHA-256 of the module's canonical content."""
        return self.program.digest

    @property
    def title(self) -> Text:
        """The title in both languages."""
        return self.document.policy.title

    @property
    def status(self) -> str:
        """issued, reported or draft."""
        return self.document.policy.status

    def applies_on(self, day: dt.date) -> bool:
        """Whether this version applies on a day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    @property
    def division_path(self) -> str:
        """The division with those above it, in Chinese, such as 山西省运城市."""
        return self.vocabulary.path(self.document.policy.division)

    @property
    def facts(self) -> Mapping[str, p.Fact]:
        """The facts that a calculation takes, by name."""
        return self.program.facts

    @property
    def interpretations(self) -> Mapping[str, p.Interpretation]:
        """Where the text has more than one reading."""
        return self.program.interpretations

    @property
    def gaps(self) -> list[Gap]:
        """What the text says that is not computed, or leaves unsaid."""
        return self.document.gaps


def _limit(cap: p.Cap, program: p.Program) -> int | None:
    """What a cap allows in every claim, in fen, or how often; None where that is not the same in every claim."""
    if cap.times:
        return cap.times
    parameter = program.parameters.get(cap.limit)
    return None if parameter is None or parameter.values is None else int(parameter.values[()] * 100)
