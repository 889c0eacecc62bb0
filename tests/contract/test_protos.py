"""The contract has its form, and keeps what its last release promised; each check finds what it is there for."""

from __future__ import annotations

import re
from typing import Final

from tests.contract.protos import PROTOS, RELEASED, breaking, lint, texts

VALUES: Final = "subsidy/v1/values.proto"
POLICIES: Final = "subsidy/v1/policy_service.proto"
LEDGER: Final = "subsidy/v1/ledger_service.proto"
TABLE: Final = "subsidy/v1/table.proto"
Change = tuple[str, str, str]


def changed(*changes: Change) -> dict[str, str]:
    """The contract of today with some things changed: in which file, and what into what."""
    contract = texts(PROTOS)
    for name, before, after in changes:
        assert contract[name].count(before) == 1, before
        contract[name] = contract[name].replace(before, after)
    return contract


def missing(wanted: list[str], found: list[str]) -> list[str]:
    """What is wanted of some findings and not among them."""
    return [each for each in wanted if not any(re.search(each, line) for line in found)]


def test_the_contract_is_in_order() -> None:
    """It has buf's standard form, every part of it is documented, and nothing that was released is broken."""
    assert lint(texts(PROTOS)) == []
    assert breaking(texts(PROTOS), texts(RELEASED)) == []


def test_what_is_out_of_form_is_found() -> None:
    """A field or a message without a word, names of another manner, another package in Java: each is found."""
    faults = {
        'Field "published" .*comment': ("  // The day on which that was published.\n", ""),
        'Message "ListPoliciesResponse".*comment': ("// A page of policies.\n", ""),
        '"pageSize".*lower_snake_case': ("int32 page_size", "int32 pageSize"),
        '"ISSUED".*prefixed': ("POLICY_STATUS_ISSUED", "ISSUED"),
        "java_package": ('option java_package = "subsidy.v1";', 'option java_package = "subsidy.v2";'),
    }
    found = lint(changed(*((POLICIES, *change) for change in faults.values())))
    assert missing(list(faults), found) == []


def test_what_breaks_the_contract_is_reported() -> None:
    """What is deleted, numbered anew, renamed, of another type or of another method is reported, all at once."""
    changes: list[tuple[str, Change]] = [
        ('field "1" with name "zh" on message "Text" was deleted', (VALUES, "string zh = 1;", "string zh = 7;")),
        ('field "2" with name "high" .* was deleted', (VALUES, "google.type.Money high = 2;", "reserved 2;")),
        ('Field "2" .* changed name from "en" to "eng"', (VALUES, "string en = 2;", "string eng = 2;")),
        ('Field "2" .* changed type from "int32" to "string"', (VALUES, "int32 month = 2;", "string month = 2;")),
        ('Field "1" .* changed cardinality', (VALUES, "repeated Record rows = 1;", "Record rows = 1;")),
        ('RPC "Reverse" .* was deleted', (LEDGER, "  rpc Reverse(ReverseRequest) returns (ReverseResponse);\n", "")),
        ('RPC "Release" .* changed request type', (LEDGER, "Release(ReleaseRequest)", "Release(ReverseRequest)")),
        ('enum value "7" on enum "Decision" was deleted', (LEDGER, "  DECISION_WAITS = 7;\n", "")),
        ('"java_outer_classname" changed', (TABLE, '"TableProto"', '"Tables"')),
    ]
    found = breaking(changed(*(change for _, change in changes)), texts(RELEASED))
    assert missing([said for said, _ in changes], found) == []


def test_what_moves_to_another_file_is_reported() -> None:
    """A message that keeps its bytes and goes to another file breaks who imports its stub; it is reported as well."""
    contract = texts(PROTOS)
    moved = re.search(r"// A month of the calendar.*?^}\n", contract[VALUES], re.DOTALL | re.MULTILINE)
    assert moved is not None
    calendar = 'syntax = "proto3";\n\npackage subsidy.v1;\n\n' + moved[0]
    values = contract[VALUES].replace(moved[0], "").replace("option ", 'import "subsidy/v1/month.proto";\noption ', 1)
    found = breaking({**contract, VALUES: values, "subsidy/v1/month.proto": calendar}, texts(RELEASED))
    assert missing(['message "Month" was deleted from file'], found) == []


def test_what_only_adds_is_in_order() -> None:
    """One more field, message and value of an enum are what the first version may have."""
    year = "// A year.\nmessage Year {\n  // It.\n  int32 year = 1;\n}\n\n// A month of the calendar"
    contract = changed(
        (VALUES, "  string en = 2;", "  string en = 2;\n\n  // Uighur.\n  string ug = 3;"),
        (VALUES, "// A month of the calendar", year),
        (
            VALUES,
            "  VERDICT_UNDETERMINED = 3;",
            "  VERDICT_UNDETERMINED = 3;\n\n  // Not asked.\n  VERDICT_UNASKED = 4;",
        ),
    )
    assert lint(contract) == []
    assert breaking(contract, texts(RELEASED)) == []
