"""Resolve: one name space, and everything that is said by name is there.

Facts, parameters and interpretations become typed here; formulas wait for the next pass.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from ...catalogue import documents as d
from ...catalogue.positions import Path, dotted
from ...errors import Hint, hint
from ...exact import parse_share, show
from ...record import replace
from ...text import Text
from .. import program as p
from ..beside import FIRST, STATED, absence, at, stated
from ..functions import NAMES as FUNCTIONS
from ..grammar import KEYWORDS
from ..meant import called, write
from ..types import DATE, FLAG, ID, MONTH, Choice, Division, Number, Records, Type
from ..units import RATIO
from ..work import KINDS, NONE, REVERSED, Work
from .brackets import bracket_
from .ledger import from_the_ledger
from .outcome import BESIDE, cap_, for_parts, is_asked, outcome
from .tables import parameter_, presumed

_FREE: Final = {"months", "position"}  # only ever written with a bracket behind them, and good names for facts
RESERVED: Final = frozenset(
    {*KEYWORDS, *FUNCTIONS} - _FREE | {"open", "readings", "facts", "amount", "payable", "eligible", "left", "total"}
)
_OF_VOCABULARY: Final = Text("vocabulary.toml 的选项表", "list of choices of vocabulary.toml")
_ONE_LIST: Final = Text(
    "用通用的一张，删去这里的；否则另取名称", "take the common one and remove this, or choose another name"
)
_PICK: Final = 'pick = "highest"'
OPEN: Final = "open"  # the reading that leaves an interpretation open


def resolve(work: Work) -> None:
    _names(work)
    _head(work)
    for name, listed in work.document.choices.items():
        values = dict(listed.values)
        if name in work.vocabulary.choices:
            work.key_problem("P0302", ("choices", name), given=name, other=_OF_VOCABULARY, hint=_ONE_LIST)
            values = {}  # which of the two is meant is not known, and nothing more is said of either
        if name not in work.unreadable:
            work.choices[name] = Choice(name, tuple(values), listed.ordered, values)
    for name, fact in work.document.facts.items():
        work.facts[name] = _fact(work, ("facts", name), name, fact)
        if name not in work.unreadable:
            work.types[name] = work.facts[name].type
    for name, bracket in work.document.brackets.items():
        if name not in work.unreadable:
            work.brackets[name] = bracket_(work, ("brackets", name), name, bracket)
    for index, step in enumerate(work.document.steps):
        if not work.is_broken(("steps", index, "type"), ("steps", index, "of")):
            work.types[step.name] = _step_type(work, ("steps", index), step)
    for name, parameter in work.document.parameters.items():
        read = parameter_(work, ("parameters", name), name, parameter)
        if name not in work.unreadable:
            work.parameters[name] = read
    for index, interpretation in enumerate(work.document.interpretations):
        item = _interpretation(work, ("interpretations", index), interpretation)
        if item.name not in work.unreadable:
            work.interpretations[item.name] = item
    caps = [cap_(work, ("caps", index), cap) for index, cap in enumerate(work.document.caps)]
    work.caps = tuple(cap for cap in caps if cap.name not in work.unreadable)
    outcome(work)
    for_parts(work)
    from_the_ledger(work)
    _texts_about(work)
    _choice_names(work)


def _names(work: Work) -> None:
    """One name space: no name twice, none that the language keeps for itself."""
    document = work.document
    places: list[tuple[str, str, Path]] = [
        *((name, "fact", ("facts", name)) for name in document.facts),
        *((name, "list", ("choices", name)) for name in document.choices),
        *((name, "parameter", ("parameters", name)) for name in document.parameters),
        *((name, "bracket", ("brackets", name)) for name in document.brackets),
        *((step.name, "step", ("steps", i, "name")) for i, step in enumerate(document.steps)),
        *((part.name, "part", ("outcome", "parts", i, "name")) for i, part in enumerate(document.outcome.parts)),
        *(
            (each.name, "instalment", ("outcome", "parts", i, "instalments", n, "name"))
            for i, part in enumerate(document.outcome.parts)
            for n, each in enumerate(part.instalments)
        ),
        *((each.name, "measure", ("measures", i, "name")) for i, each in enumerate(document.measures)),
        *((test.name, "condition", ("conditions", i, "name")) for i, test in enumerate(document.conditions)),
        *((cap.name, "cap", ("caps", i, "name")) for i, cap in enumerate(document.caps)),
        *(
            (item.name, "interpretation", ("interpretations", i, "name"))
            for i, item in enumerate(document.interpretations)
        ),
    ]
    for name, kind, path in places:
        if name in RESERVED:
            work.problem("P0310", path, given=name)
            work.used.add(name)
        elif kind == "list" and name in work.vocabulary.choices:
            continue  # that is said of the list
        elif name in work.kinds:
            also = stated(work, name, FIRST, "name")
            work.problem("P0302", path, given=name, other=KINDS[work.kinds[name]], also=also)
        work.kinds.setdefault(name, kind)
        work.paths.setdefault(name, path[:-1] if path[-1] == "name" else path)


def _head(work: Work) -> None:
    head = work.document.policy
    if head.division not in work.vocabulary.divisions:
        work.problem("P0306", ("policy", "division"), given=head.division, **_division_hint(work, head.division))
    dated = work.document.facts.get(head.dated_by)
    if dated is None or dated.type not in {"date", "month"} or dated.optional or dated.when or is_asked(dated):
        allowed = [
            name
            for name, fact in work.document.facts.items()
            if fact.type in {"date", "month"} and not fact.optional and not fact.when and not is_asked(fact)
        ]
        also = stated(work, head.dated_by, STATED, "when", "optional", "asked", "type")
        work.problem("P0311", ("policy", "dated_by"), also=also, given=head.dated_by, allowed=", ".join(allowed) or "–")
    work.used.add(head.dated_by)
    if head.valid.until is not None and head.valid.until < head.valid.from_:
        work.problem("P0322", ("policy", "valid"), begin=str(head.valid.from_), until=str(head.valid.until))
    if head.revision > 1 and head.corrects is None:
        work.problem("P0106", ("policy", "corrects"), also=at(work, ("policy", "revision"), BESIDE), key="corrects")
    work.claim = work.unit(head.claim, ("policy", "claim")) if head.claim else RATIO


def _choice_names(work: Work) -> None:
    """A choice that is called like a fact, parameter or step could never be meant in a formula."""
    places = {name: ("facts", name) for name in work.document.facts}
    places |= {name: ("parameters", name) for name in work.document.parameters}
    paths: dict[str, Path] = {
        **places,
        **{step.name: ("steps", i, "name") for i, step in enumerate(work.document.steps)},
    }
    for choice in work.choices.values():
        for value in choice.values:
            if value in paths:
                other = Text(f"{choice.list} 的选项", f"choice of {choice.list}")
                also = stated(work, choice.list, FIRST, "of", "values", "rows")
                work.problem("P0302", paths[value], also=also, given=value, other=other)
                work.used.add(value)


def _fact(work: Work, path: Path, name: str, fact: d.FactBase) -> p.Fact:
    common: dict[str, Any] = {"name": name, "label": fact.label, "clause": fact.clause or "", "optional": fact.optional}
    common["asked"] = is_asked(fact)
    if fact.from_ledger is not None and len(path) > 2:
        here = Text("只用于申报的事实，不用于字段", "it is for facts, not for fields")
        work.key_problem("P0340", (*path, "from_ledger"), key="from_ledger", why=here)
    if is_asked(fact) and (fact.when is not None or len(path) > 2):
        key = "asked" if len(path) > 2 else "when"
        why = Text(
            "拨付时填报的事实没有 when，字段不能单独填报",
            "a fact asked at an instalment has no when; a field has no asked",
        )
        also = at(work, (*path, "asked")) if key == "when" else ()
        work.key_problem("P0340", (*path, key), also=also, key=key, why=why)
    match fact:
        case d.NumberFact():
            resolution, low, high = (parse_share(text) for text in (fact.resolution, *fact.range))
            assert resolution is not None and low is not None and high is not None
            if resolution <= 0:
                work.problem("P0312", (*path, "resolution"), given=fact.resolution)
                resolution = Fraction(1)
            if low > high or low % resolution or high % resolution:
                step = show(resolution)
                uneven = Text(f"两端须是 {step} 的整数倍", f"its ends are to be multiples of {step}")
                why = REVERSED if low > high else uneven
                also = () if low > high else at(work, (*path, "resolution"))
                least, most = fact.range
                advice = Text(f'写 ["{most}", "{least}"]', f'write ["{most}", "{least}"]')
                if low <= high:
                    low, high = low // resolution * resolution, -(-high // resolution) * resolution
                    form = f'["{show(low)}", "{show(high)}"]'
                    advice = Text(f"如 {form}，或改 resolution", f"such as {form}; or another resolution")
                work.problem("P0313", (*path, "range"), also=also, low=least, high=most, why=why, hint=advice)
            unit, scale = work.stated_unit(fact.unit, (*path, "unit"))
            symbol, one = work.stated_symbols(fact.unit)
            common |= {"symbol": symbol, "one": one, "stated_unit": fact.unit, "scale": scale}
            return p.Fact(type=Number(unit), resolution=resolution, low=low, high=high, **common)
        case d.ChoiceFact():
            return p.Fact(type=_choice(work, path, name, fact), **common)
        case d.FlagFact():
            return p.Fact(type=FLAG, **common)
        case d.DateFact():
            return p.Fact(type=DATE, **common)
        case d.MonthFact():
            return p.Fact(type=MONTH, **common)
        case d.IdFact():
            return p.Fact(type=ID, **common)
        case d.DivisionFact():
            return p.Fact(type=_division(work, path, fact), within=fact.within or "", **common)
        case d.RecordsFact():
            return _records(work, path, fact, common)
        case _:
            raise AssertionError(fact)


def _choice(work: Work, path: Path, name: str, fact: d.ChoiceFact) -> Choice:
    if work.is_broken((*path, "of")):
        return Choice(name, (), False, {})
    if isinstance(fact.of, str):
        return work.listed((*path, "of"), fact.of)
    labels = fact.labels or {}
    for value in dict.fromkeys(fact.of):
        if value not in labels:
            form = f'{value} = {{ zh = "…", en = "…" }}'
            where = f"[{dotted((*path, 'labels'))}]"
            advice = Text(f"在 {where} 中加上 {form}", f"add {form} to {where}")
            work.problem("P0314", (*path, "of"), given=value, hint=advice)
    for index, value in enumerate(fact.of):
        if value in fact.of[:index]:
            also = at(work, (*path, "of", fact.of.index(value)), FIRST)
            other = Text(f"{name} 的选项", f"choice of {name}")
            advice = Text("删去其一", "remove one of the two")
            work.problem("P0302", (*path, "of", index), also=also, given=value, other=other, hint=advice)
    for value in [value for value in labels if value not in fact.of]:
        also = at(work, (*path, "of"))
        work.key_problem("P0305", (*path, "labels", value), also=also, given=value, list=name, **hint(value, fact.of))
    choice = Choice(name, tuple(dict.fromkeys(fact.of)), fact.ordered, dict(labels))
    listed = work.vocabulary.choices.get(name)
    taken = work.choices[name].values if name in work.choices else tuple(listed.values) if listed else choice.values
    if taken != choice.values:
        if name in work.choices:
            work.problem("P0302", (*path, "of"), also=stated(work, name, FIRST), given=name, other=KINDS["list"])
        else:
            form = f'of = "{name}"'
            advice = Text(f"用通用的一张：{form}；否则另取名称", f"take the common one, {form}, or choose another name")
            work.problem("P0302", (*path, "of"), given=name, other=_OF_VOCABULARY, hint=advice)
        choice = Choice(name, (), fact.ordered, {})  # which of the two is meant is not known: no more is said of either
    work.choices[name] = choice
    return choice


def _division(work: Work, path: Path, fact: d.DivisionFact) -> Division:
    divisions = work.vocabulary.divisions
    if fact.within is None:
        return Division(tuple(divisions))
    if fact.within not in divisions:
        work.problem("P0306", (*path, "within"), given=fact.within, **_division_hint(work, fact.within))
    below = tuple(division.code for division in work.vocabulary.below(fact.within))
    if fact.within in divisions and not below:
        above = divisions[fact.within].parent
        advice = (
            Text(f'写 within = "{above}"', f'write within = "{above}"')
            if above
            else Text("删去 within", "leave out within")
        )
        work.problem("P0323", (*path, "within"), given=fact.within, hint=advice)
    return Division(below)


def _division_hint(work: Work, given: str) -> Hint:
    """The code that was meant: spelt alike, or that of the division with this name."""
    names = {code: [each.name.zh, each.name.en] for code, each in work.vocabulary.divisions.items()}
    meant = called(given, names)
    if meant is None:
        return hint(given, names)
    name = work.vocabulary.divisions[meant].name
    return {"hint": Text(f'{name.zh}的代码是 "{meant}"', f'the code of {name.en} is "{meant}"')}


def _records(work: Work, path: Path, fact: d.RecordsFact, common: dict[str, Any]) -> p.Fact:
    fields = tuple(_fact(work, (*path, "fields", name), name, field) for name, field in fact.fields.items())
    fields = tuple(replace(field, optional=True) if fact.fields[field.name].when else field for field in fields)
    by_name = {field.name: field for field in fields}
    for field_name, field in fact.fields.items():
        if field.when is not None:
            work.problem("P0315", (*path, "fields", field_name, "when"), given=field_name)
    for index, name in enumerate(fact.unique):
        if name not in by_name:
            work.problem("P0301", (*path, "unique", index), given=name, **hint(name, by_name))
        elif by_name[name].optional:
            work.problem("P0324", (*path, "unique", index), also=absence(work, name, str(path[1])), given=name)
    periods = None
    if fact.periods is not None:
        periods = (fact.periods.from_, fact.periods.to)
        days = [field.name for field in fields if field.type == DATE]
        for key, name in zip(("from", "to"), periods, strict=True):
            if name not in days:
                work.problem("P0301", (*path, "periods", key), given=name, **hint(name, days))
        if periods[0] in days and by_name[periods[0]].optional:
            also = absence(work, periods[0], str(path[1]))
            work.problem("P0324", (*path, "periods", "from"), also=also, given=periods[0])
    low, high = fact.rows
    if low > high:
        form = Text(f"写 [{high}, {low}]", f"write [{high}, {low}]")
        work.problem("P0313", (*path, "rows"), low=str(low), high=str(high), why=REVERSED, hint=form)
    return p.Fact(
        type=Records({field.name: field.type for field in fields}),
        fields=fields, rows=(low, high), unique=tuple(fact.unique), periods=periods, **common,
    )  # fmt: skip


def _step_type(work: Work, path: Path, step: d.Step) -> Type:
    ways = [key for key in ("value", "pick") if getattr(step, key) is not None]
    if len(ways) != 1 and not work.is_broken((*path, "value"), (*path, "pick")):
        advice: Hint = {} if ways else {"hint": write(_PICK if step.rows else 'value = "…"')}
        work.problem("P0317", path, given=", ".join(ways) or NONE, wanted="value / pick", **advice)
    for key in ("rows", "otherwise"):
        if step.pick is not None and key == "rows" and not step.rows:
            work.problem("P0106", path, also=at(work, (*path, "pick"), BESIDE), key=key)
        elif step.pick is None and getattr(step, key) and step.value is not None:
            why = Text(
                "它属于带 pick 的步骤，而这里有 value", "it belongs to a step with pick, and this one has a value"
            )
            work.key_problem("P0340", (*path, key), also=at(work, (*path, "value")), key=key, why=why)
    if step.type == "number":
        if step.unit is None:
            work.problem("P0106", (*path, "unit"), key="unit")
            work.unreadable.add(step.name)
            return Number(None)
        unit = work.unit(step.unit, (*path, "unit"))
        return Number(None if step.name in work.unreadable else unit)
    for key in ("unit", "round"):
        if getattr(step, key) is not None:
            why = Text("只用于数", "it is for numbers only")
            work.key_problem("P0340", (*path, key), also=at(work, (*path, "type")), key=key, why=why)
    if step.type == "choice":
        if step.of is None:
            form = write('of = "care_level"')
            work.problem("P0106", (*path, "of"), also=at(work, (*path, "type"), BESIDE), key="of", hint=form)
            return Choice("", (), False, {})
        return work.listed((*path, "of"), step.of)
    return {"flag": FLAG, "date": DATE, "month": MONTH}[step.type]


def _interpretation(work: Work, path: Path, item: d.Interpretation) -> p.Interpretation:
    for reading in item.readings:
        if reading == OPEN:
            work.key_problem("P0310", (*path, "readings", reading), given=reading)
    if item.recommended is not None and item.recommended not in item.readings:
        work.problem(
            "P0309",
            (*path, "recommended"),
            given=item.recommended,
            name=item.name,
            **hint(item.recommended, item.readings),
        )
    values: dict[str, dict[tuple[str, ...], Fraction]] = {}
    if item.presumes is not None:
        parameter = work.parameters.get(item.presumes)
        if parameter is None or not parameter.delegated:
            known = [name for name, known in work.parameters.items() if known.delegated]
            work.problem("P0301", (*path, "presumes"), given=item.presumes, **hint(item.presumes, known))
        elif item.name not in work.unreadable:
            work.used |= {item.name}
            values = presumed(work, path, item, parameter)
        if item.presumes in work.unreadable:
            work.used |= {item.name}
    elif item.values is not None:
        work.problem("P0106", (*path, "presumes"), also=at(work, (*path, "values"), BESIDE), key="presumes")
    return p.Interpretation(
        item.name,
        item.question,
        dict(item.readings),
        item.recommended or "",
        item.because,
        item.clause,
        item.presumes or "",
        values,
    )


def _texts_about(work: Work) -> None:
    """A gap about a fact is said when that fact is missing or does not fit."""
    for index, gap in enumerate(work.document.gaps):
        if gap.about is None:
            continue
        if gap.about in work.facts:
            work.facts[gap.about] = replace(
                work.facts[gap.about], about=Text(f"{gap.text.zh}〔{gap.clause}〕", f"{gap.text.en} [{gap.clause}]")
            )
        elif gap.about not in work.kinds:
            work.problem("P0301", ("gaps", index, "about"), given=gap.about, **hint(gap.about, work.kinds))
