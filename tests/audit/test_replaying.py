"""Replay: every determination and release computed again under the texts in the ledger, wherever and whenever."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.ledger.support import NURSING, Place, bureau

from subsidy.audit import replaying, sources
from subsidy.audit.exporting import export
from subsidy.audit.filters import Filter
from subsidy.audit.replaying import Replayed, replay
from subsidy.audit.sources import Exported, Part, Row, Stored, rows_of
from subsidy.audit.verifying import verify
from subsidy.catalogue.digest import canonical

from .support import fill, read

CARED: Final = {"still_cared_for": True}
_DIFFERS: Final = "V0153 computed again it differs"


def filled(place: Place) -> Place:
    """A ledger with every kind of entry, closed."""
    ledger = place.ledger()
    fill(ledger, place.folder)
    paid = next(
        p for p, body in ledger.entries(0, 500) if body.get("decision") == "determined" and body["policy"] == NURSING
    )
    ledger.release(paid, "first", request="first")
    ledger.release(paid, "third", CARED, request="third", on="2030-01-01")
    place.close()
    return place


def replayed(place: Place, **options: Any) -> Replayed:
    """What comes of replaying the ledger of a place."""
    with read(place) as source:
        return replay(source, **options)


class Altered(Stored):
    """A ledger whose entries somebody altered, the hashes aside."""

    def __init__(self, url: str, alter: Callable[[int, dict[str, Any]], None]) -> None:
        super().__init__(url)
        self._alter = alter

    def parts(self, first: int = 0) -> Iterator[Part]:
        for part in super().parts(first):
            yield [self._altered(row) for row in rows_of(part)]

    def of_kinds(self, *kinds: str) -> Iterator[Row]:
        return (self._altered(row) for row in super().of_kinds(*kinds))

    def _altered(self, row: Row) -> Row:
        body = json.loads(row.content)
        self._alter(row.position, body)
        return row._replace(content=canonical(body))


def found(place: Place, alter: Callable[[int, dict[str, Any]], None], language: str = "en") -> list[str]:
    """What is said of a ledger that was altered so."""
    source = Altered(place.url, alter)
    try:
        listed = replay(source).findings.listed
    finally:
        source.close()
    return [f"{each.position}: {each.problem.code} {each.problem.message(language)}" for each in listed]  # type: ignore[arg-type]


def first_of(place: Place, policy: str) -> int:
    """The first determination of a policy that pays."""
    with read(place) as source:
        for row in source.rows():
            body = json.loads(row.content)
            if body.get("policy") == policy and body["kind"] == "determination" and body["decision"] == "determined":
                return int(row.position)
    raise LookupError(policy)


def test_every_entry_is_computed_again(place: Place) -> None:
    """Of either store, of a copy and of an export, by one process or two: all is the same, and so is the digest."""
    filled(place)
    with read(place) as source:
        once = replay(source)
        source.reader.backup(place.folder / "copy.db")
        export(source, place.folder / "ledger.jsonl.gz")
    assert (once.seen, once.same, once.different, once.cannot, once.is_clean) == (20, 20, 0, 0, True)
    twice = replayed(place, jobs=2)
    with Stored(f"sqlite:///{place.folder}/copy.db") as copy, Exported(place.folder / "ledger.jsonl.gz") as exported:
        others = [twice, replay(copy), replay(exported)]
    assert {(each.digest, each.same, tuple(each.paid.items())) for each in others} == {
        (once.digest, 20, tuple(once.paid.items()))
    }


def test_what_was_paid_is_summed_up(sqlite_place: Place) -> None:
    """By policy, month and payer to the fen; what was reversed, refused or came to nothing is in no sum."""
    paid = replayed(filled(sqlite_place)).paid
    assert {(month, payer): fen for (policy, month, payer), fen in paid.items() if policy == NURSING} == {
        ("2024-01", "county"): 100_000,  # 700 + 300 of 1,000 a month
        ("2024-02", "county"): 30_000,  # 700 reversed, 300 left
        ("2024-03", "county"): 100_000,
        ("2024-05", "county"): 135_000,  # a roster of three
        ("2024-06", "county"): 10_000,
    }


def test_the_policy_folder_is_not_needed(tmp_path: Path) -> None:
    """With policies and adoptions gone, the ledger answers alone."""
    place = Place(f"sqlite:///{tmp_path}/ledger.db", tmp_path, bureau(tmp_path))
    before = replayed(filled(place))
    shutil.rmtree(tmp_path / "policies")
    shutil.rmtree(tmp_path / "adoptions")
    after = replayed(place)
    assert (after.digest, after.is_clean, after.same) == (before.digest, True, 20)


def test_a_text_without_an_end(sqlite_place: Place) -> None:
    """A text that nests without end is a finding of verifying, and what rests on it cannot be computed again."""
    filled(sqlite_place)

    def nested(_: int, body: dict[str, Any]) -> None:
        if body["kind"] == "text":
            body["content"] = "a = " + "[" * 5_000

    source = Altered(sqlite_place.url, nested)
    try:
        altered, read_ = replay(source), verify(source)
    finally:
        source.close()
    assert (altered.same, altered.different, altered.cannot) == (0, 0, 20)
    assert "V0118" in {each.problem.code for each in read_.findings.listed}


def test_the_first_step_that_differs_is_named(sqlite_place: Place) -> None:
    """With its clause and both figures, in both languages, and how many places differ."""
    at = first_of(filled(sqlite_place), NURSING)

    def more(position: int, body: dict[str, Any]) -> None:
        if position == at:
            body["receipt"]["result"]["steps"]["granted"] = "701"
            body["receipt"]["result"]["amount"] = body["amount"] = "701.00"

    (en,), (zh,) = found(sqlite_place, more), found(sqlite_place, more, "zh")
    assert (
        en
        == f"{at}: V0153 computed again it differs, first in granted [一]: recorded 701, computed 700 (differences: 3)"
    )
    assert zh == f"{at}: V0153 重算不同，始于补贴〔一〕：记录 701，重算 700（共 3 处不同）"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("amount", "1.00", "first in amount: recorded 1.00, computed 700.00 (differences: 1)"),
        ("decision", "nothing", "first in decision: recorded nothing, computed determined (differences: 1)"),
    ],
)
def test_a_decision_that_differs(sqlite_place: Place, key: str, value: str, said: str) -> None:
    """What stands outside of the receipt is decided again, too."""
    at = first_of(filled(sqlite_place), NURSING)
    assert found(sqlite_place, lambda position, body: body.update({key: value}) if position == at else None) == [
        f"{at}: V0153 computed again it differs, {said}"
    ]


def test_a_cap_that_says_something_else(sqlite_place: Place) -> None:
    """How much a cap allows, what is used after a claim, and what was left before it all follow from text and facts."""
    at = first_of(filled(sqlite_place), NURSING)

    def most(position: int, body: dict[str, Any]) -> None:
        if position == at:
            body["caps"][0]["most"] += 1

    def before(position: int, body: dict[str, Any]) -> None:
        if position == at:
            body["caps"][0].update(before=100, after=70_100)

    assert found(sqlite_place, most) == [
        f"{at}: {_DIFFERS}, first in caps.0.most: recorded 100001, computed 100000 (differences: 1)"
    ]
    assert found(sqlite_place, before) == [
        f"{at}: {_DIFFERS}, first in facts.left_monthly: recorded 1000.00, computed 999.00 (differences: 1)"
    ]


def test_a_release_that_differs(sqlite_place: Place) -> None:
    """An instalment is released again from the determination that it is of."""
    filled(sqlite_place)

    def more(_: int, body: dict[str, Any]) -> None:
        if body["kind"] == "release" and body["release"]["instalment"] == "first":
            body["amount"] = "9.00"

    (said,) = found(sqlite_place, more)
    assert said.partition(": ")[2].startswith(
        "V0153 computed again it differs, first in amount: recorded 9.00, computed "
    )


def test_a_text_that_is_gone_or_another(sqlite_place: Place) -> None:
    """Without its text an entry cannot be computed again, and the digest is said; under another nothing is guessed."""
    at = first_of(filled(sqlite_place), NURSING)

    def gone(_: int, body: dict[str, Any]) -> None:
        if body["kind"] == "text" and NURSING in body["path"] and body["role"] == "policy":
            body["digest"] = "sha256:" + "0" * 64

    def other(_: int, body: dict[str, Any]) -> None:
        if body["kind"] == "text" and NURSING in body["path"] and body["role"] == "policy":
            body["content"] = body["content"].replace("1000", "2000")

    with read(sqlite_place) as source:
        digest = json.loads(next(source.rows(at)).content)["receipt"]["policy"]["digest"]
    assert found(sqlite_place, gone)[0] == (
        f"{at}: V0152 it cannot be computed again: V0151 the ledger has no text with the digest {digest}"
    )
    assert found(sqlite_place, other)[0].startswith(f"{at}: V0152 it cannot be computed again: R0202 ")


def test_a_filter_takes_some(sqlite_place: Place) -> None:
    """By policy, by time, by place in the log; the rest is in no figure but that of all that was seen."""
    filled(sqlite_place)
    of = replayed(sqlite_place, wanted=Filter(policies=(NURSING,), since="2024-02", until="2024-03-31"))
    assert (of.seen, of.same, {policy for policy, _, _ in of.paid}) == (20, 6, {NURSING})
    assert replayed(sqlite_place, wanted=Filter(first=10_000)).same == 0


def test_what_was_interrupted_goes_on(sqlite_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped at any part, it goes on behind it; figures, sums, findings and digest are those of one run."""
    monkeypatch.setattr(sources, "PART", 4)
    monkeypatch.setattr(replaying, "_KEEP_AFTER", 4)
    whole = replayed(filled(sqlite_place), jobs=1)
    for stop in (4, 16, 32):
        work, seen = tmp_path / f"{stop}.work", list[int]()

        def tick(done: int, _: int, stop: int = stop) -> None:
            if done > stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            replayed(sqlite_place, work=work, jobs=1, tick=tick)
        again = replayed(sqlite_place, work=work, jobs=1, tick=lambda done, _, seen=seen: seen.append(done))
        assert seen[0] > stop
        assert (again.digest, again.same, again.paid) == (whole.digest, whole.same, whole.paid)


OTHER: Final = """
import sys
from subsidy.audit.replaying import replay
from subsidy.audit.sources import Stored
with Stored(sys.argv[1]) as source:
    print(replay(source, jobs=1).digest)
"""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/St_Johns"])
@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_nothing_depends_on_the_machine(sqlite_place: Place, zone: str, seed: str) -> None:
    """In another time zone, under another hash seed, the digest is the same."""
    digest = replayed(filled(sqlite_place)).digest
    environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "SUBSIDY_POLICIES": "/nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", OTHER, sqlite_place.url], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == digest
