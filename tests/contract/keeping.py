"""What was promised, kept as files for later versions to read: ``python -m tests.contract.keeping`` adds today's.

A file of a format is written once and never again; the lists of names, codes and answers only grow.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import lzma
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from tests.audit.exports import live
from tests.ledger.support import Place, bureau

import subsidy
from subsidy.audit.exporting import export
from subsidy.audit.sources import FORMAT as EXPORT
from subsidy.audit.sources import Stored
from subsidy.calculation.explanation import SCHEMA
from subsidy.calculation.receipt import FORMAT, PROGRAMME, RELEASE
from subsidy.catalogue.digest import canonical
from subsidy.codes import CODES
from subsidy.errors import SubsidyError
from subsidy.policies import shipped_folder

KEPT: Final = Path(__file__).parent / "kept"
# What programs may use: every name of these, and what they have whose own names do not begin with an underscore.
MODULES: Final = (
    "subsidy", "subsidy.client", "subsidy.codes", "subsidy.errors", "subsidy.ledger", "subsidy.service",
    "subsidy.testing",
)  # fmt: skip
# And of these, what the documents show.
SHOWN: Final = (
    "subsidy.calculation.explanation_schema.explanation_schema", "subsidy.calculation.renderings.html",
    "subsidy.calculation.renderings.markdown", "subsidy.engines.sql.query.query",
    "subsidy.sheets.reading.read", "subsidy.tables.calculating.calculate",
)  # fmt: skip


# Classes that programs make themselves; the others come as answers.
MADE: Final = {
    "subsidy.Catalogue", "subsidy.client.Client", "subsidy.client.Tls", "subsidy.ledger.Ledger",
    "subsidy.service.Server",
}  # fmt: skip
_FOREIGN: Final = {*dir(object), *dir(str), *dir(BaseException), *dir(BaseModel)}  # members that are not ours


def catalogue(folder: Path) -> subsidy.Catalogue:
    """The shipped policies with those that are kept here."""
    made = shutil.copytree(shipped_folder(), folder / "policies")
    shutil.copytree(KEPT / "policies", made, dirs_exist_ok=True)
    return subsidy.Catalogue(made)


def _taken(name: str, value: Any) -> Iterator[str]:
    """A name, and what may be given by name to what it calls."""
    yield name
    if inspect.isclass(value) and name not in MADE:
        return
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return
    named = (each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY))
    yield from (f"{name}({each})" for each in named if each not in ("self", "cls") and not each.startswith("_"))


def names() -> Iterator[str]:
    """Every public name of the library, with its members and parameters."""
    for name in SHOWN:
        module, _, attribute = name.rpartition(".")
        yield from _taken(name, getattr(importlib.import_module(module), attribute))
    for module in MODULES:
        found = importlib.import_module(module)
        for name in getattr(found, "__all__", None) or _defined(found):
            value = getattr(found, name)
            yield from _taken(f"{module}.{name}", value)
            if inspect.isclass(value):
                for member in (each for each in dir(value) if not each.startswith("_") and each not in _FOREIGN):
                    yield from _taken(f"{module}.{name}.{member}", inspect.getattr_static(value, member))


def _defined(module: Any) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]


def codes() -> Iterator[str]:
    """Every code with its slug."""
    return (f"{code} {entry.slug}" for code, entry in CODES.items())


def answers() -> Iterator[str]:
    """What every example of every released module gives: the hash of its result, or the codes of its problems."""
    for policy in subsidy.catalogue():
        for example in policy.document.examples if policy.is_released else ():
            try:
                result = policy.calculate_alone(example.facts, example.under)
                said = hashlib.sha256(canonical(json.loads(result.receipt())["result"])).hexdigest()
            except SubsidyError as error:
                said = ",".join(problem.code for problem in error.problems)
            yield f"{policy.digest[7:23]} {policy.id} {example.name.replace(' ', '_')} {said}"


def own(folder: Path) -> Any:
    """A claim, of which a payer bears a share himself, and the release of an instalment of it."""
    policy = catalogue(folder).policy("cn/test/own")
    return policy.release(policy.calculate(home="H", day="2024-02-29", cost="100.01"), "second", open_now=True)


def grant() -> Any:
    """A grant of 1500 CNY a bed, with shares."""
    policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/operating-subsidy")
    return policy.calculate(centre="C1", assessed_on="2021-12-20", place="140802", rating="AA")


def care(folder: Path) -> Any:
    """Two policies for one person."""
    bed = {
        "centre": "C1", "resident": "R1", "month": "2023-08", "care_level": "semi_disabled",
        "stays": [{"moved_in": "2023-08-01", "moved_out": "2023-08-31"}],
    }  # fmt: skip
    home = {"beneficiary": "R1", "month": "2023-08", "hours": "3", "price": "30", "left_monthly": "1350"}
    return catalogue(folder).programme("cn/somewhere/care").calculate({"bed": bed, "home": home})


def exported(folder: Path) -> bytes:
    """The export of a ledger with every kind of entry."""
    place = Place(f"sqlite:///{folder}/ledger.db", folder, bureau(folder))
    live(place).close()
    with Stored(place.url) as source:
        made = export(source, folder / "export.jsonl")
    return lzma.compress(made.path.read_bytes())


LISTS: Final[Mapping[str, Callable[[], Iterator[str]]]] = {"names": names, "codes": codes, "answers": answers}
FILES: Final[Mapping[str, Callable[[Path], bytes]]] = {
    f"{FORMAT}.json": lambda _: grant().receipt(),
    f"{RELEASE}.json": lambda folder: own(folder).receipt(),
    f"{PROGRAMME}.json": lambda folder: care(folder).receipt(),
    f"explanation-{SCHEMA}.json": lambda _: json.dumps(grant().explanation.to_dict(), ensure_ascii=False).encode(),
    f"{EXPORT}.jsonl.xz": exported,
}


def listed(name: str) -> list[str]:
    """A list as it was kept."""
    file = KEPT / f"{name}.txt"
    return file.read_text("utf-8").splitlines() if file.exists() else []


def add() -> None:
    """Keep what is not kept yet."""
    for name, make in LISTS.items():
        found = sorted({*listed(name), *make()})
        (KEPT / f"{name}.txt").write_text("\n".join(found) + "\n", "utf-8")
    for name, content in FILES.items():
        if not (KEPT / name).exists():
            with tempfile.TemporaryDirectory() as folder:
                (KEPT / name).write_bytes(content(Path(folder)))


if __name__ == "__main__":
    add()
