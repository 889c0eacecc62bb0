"""The methods of the ledger: what is recorded, as messages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import Message

from ..catalogue.digest import canonical
from ..errors import Problem, RequestError, ServiceError
from ..policies import Catalogue
from ..v1 import ledger_service_pb2 as v1
from . import convert
from .answers import remark
from .requests import Handler, dated_facts, decoded, page_size, readings_of, text_of, token_of
from .served import Served

if TYPE_CHECKING:
    from ..ledger import Answer, Ledger

LEDGER: Final = "subsidy.v1.LedgerService"
_LISTED: Final = ("determination", "reversal", "release")
_REPLACED: Final = "S0303"
_LONGEST_WHY: Final = 1000
_LARGEST_PAGE: Final = 1024 * 1024  # bytes of entries; a receiver takes four times as much unless it was told otherwise
_DECISIONS: Final = {
    "determined": v1.DECISION_DETERMINED,
    "nothing": v1.DECISION_NOTHING,
    "refused": v1.DECISION_REFUSED,
    "reversed": v1.DECISION_REVERSED,
    "paid": v1.DECISION_PAID,
    "lapses": v1.DECISION_LAPSES,
    "waits": v1.DECISION_WAITS,
}


def ledger_handlers(served: Served, ledger: Ledger | None, lost: Callable[[], None]) -> Mapping[str, Handler]:
    """Every method of the ledger; refused where there is none; `lost` is called once its writer was replaced."""
    methods = _Methods(served, ledger) if ledger is not None else None
    kinds: dict[str, tuple[type[Message], str]] = {
        "Determine": (v1.DetermineRequest, "determine"),
        "Reverse": (v1.ReverseRequest, "reverse"),
        "Release": (v1.ReleaseRequest, "release"),
        "GetDetermination": (v1.GetDeterminationRequest, "get_determination"),
        "ListDeterminations": (v1.ListDeterminationsRequest, "list_determinations"),
        "GetCheckpoint": (v1.GetCheckpointRequest, "get_checkpoint"),
        "GetConsistencyProof": (v1.GetConsistencyProofRequest, "get_consistency_proof"),
    }
    return {
        name: decoded(kind, _guarded(getattr(methods, method), lost)) if methods is not None else _no_ledger
        for name, (kind, method) in kinds.items()
    }


def _no_ledger(_: bytes) -> bytes:
    raise ServiceError(Problem.of("S0203", LEDGER))


def _guarded(method: Callable[[Any], Message], lost: Callable[[], None]) -> Callable[[Any], Message]:
    """A method in which a fault of the store is said as a caller may hear it."""

    def call(request: Any) -> Message:
        with discreet(lost):
            return method(request)

    return call


@contextmanager
def discreet(lost: Callable[[], None] = lambda: None) -> Iterator[None]:
    """A fault of the store is the operator's: a caller is told to ask again, and not where the ledger lies."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise ServiceError(Problem.of("S0304", "ledger", detail=type(cause).__name__)) from error
    except ServiceError as error:
        if error.problems[0].code == _REPLACED:
            lost()
        raise ServiceError(dataclasses.replace(each, where="ledger") for each in error.problems) from None


class _Methods:
    """What the service of the ledger does."""

    def __init__(self, served: Served, ledger: Ledger) -> None:
        self.served, self.ledger = served, ledger

    def determine(self, request: v1.DetermineRequest) -> v1.DetermineResponse:
        convert.check_name("policy", request.policy)
        readings = readings_of(request.readings)
        on = convert.decode_day(request, "on")
        catalogue = self.served.now.catalogue
        _, facts = dated_facts(catalogue, request, on)
        asked: dict[str, Any] = {"readings": readings, "on": on.isoformat() if on else None, "under": catalogue}
        if request.validate_only:
            return v1.DetermineResponse(recorded=_entry(self.ledger.validate(request.policy, facts, **asked)))
        found = self.ledger.determine(request.policy, facts, request=request.request_id, **asked)
        return v1.DetermineResponse(recorded=_recorded(found))

    def reverse(self, request: v1.ReverseRequest) -> v1.ReverseResponse:
        length = len(request.why)
        if length > _LONGEST_WHY:
            raise convert.bad_request(
                "why", f"{length} 字，上限 {_LONGEST_WHY}", f"{length} characters; at most {_LONGEST_WHY}"
            )
        found = self.ledger.reverse(request.index, request=request.request_id, why=request.why)
        return v1.ReverseResponse(recorded=_recorded(found))

    def release(self, request: v1.ReleaseRequest) -> v1.ReleaseResponse:
        convert.check_name("instalment", request.instalment)
        catalogue = self.served.now.catalogue
        facts = self._asked(request, catalogue)
        on = convert.decode_day(request, "on")
        found = self.ledger.release(
            request.index, request.instalment, facts, request=request.request_id, on=on, under=catalogue
        )
        return v1.ReleaseResponse(recorded=_recorded(found))

    def _asked(self, request: v1.ReleaseRequest, catalogue: Catalogue) -> dict[str, Any]:
        """The facts of a release, as the very module that the claim was determined under declares them."""
        body = self._body(request.index)
        policy = catalogue.by_digest(body["receipt"]["policy"]["digest"]) if "receipt" in body else None
        if policy is None:  # there is no such award, which the ledger says with everything else
            convert.check_names("facts", request.facts)
            return {}
        return convert.decode_facts(policy, request.facts)

    def _body(self, index: int) -> Mapping[str, Any]:
        if index < 0:
            return {}
        return next((body for place, body in self.ledger.entries(index, 1) if place == index), {})

    def get_determination(self, request: v1.GetDeterminationRequest) -> v1.GetDeterminationResponse:
        found = self.ledger.answer(request.index)
        if found.body["kind"] not in _LISTED:
            raise RequestError(Problem.of("R0507", "entry", given=str(request.index), allowed=", ".join(_LISTED)))
        return v1.GetDeterminationResponse(recorded=_recorded(found))

    def list_determinations(self, request: v1.ListDeterminationsRequest) -> v1.ListDeterminationsResponse:
        most, first = page_size(request), _first(request.page_token)
        found, size = v1.ListDeterminationsResponse(), 0
        for index, body in self.ledger.entries(first, most + 1, kinds=_LISTED):
            message = _entry(body, index)
            size += len(message.entry)
            if found.recorded and (len(found.recorded) == most or size > _LARGEST_PAGE):
                found.next_page_token = token_of(str(index))
                break
            found.recorded.append(message)
        return found

    def get_checkpoint(self, _: v1.GetCheckpointRequest) -> v1.GetCheckpointResponse:
        note = self.ledger.checkpoint()
        keys = [str(each) for each in self.ledger.verifiers()]
        return v1.GetCheckpointResponse(checkpoint=note, size=_size(note), keys=keys)

    def get_consistency_proof(self, request: v1.GetConsistencyProofRequest) -> v1.GetConsistencyProofResponse:
        note = "" if request.new_size else self.ledger.checkpoint()
        new = request.new_size or _size(note)
        proof = self.ledger.consistency(request.old_size, new)
        return v1.GetConsistencyProofResponse(new_size=new, proof=proof, checkpoint=note)


def _recorded(answer: Answer) -> v1.Recorded:
    """An answer with its proof."""
    message = _entry(answer.head, answer.position, answer.content)
    message.proof.extend(answer.proof)
    message.checkpoint, message.tlog_proof = answer.checkpoint, answer.tlog_proof
    return message


def _entry(body: Mapping[str, Any], index: int | None = None, content: bytes | None = None) -> v1.Recorded:
    """An entry; the same bytes whether it was just decided or read back."""
    from ..ledger.reasons import problem_of

    return v1.Recorded(
        index=index,
        decision=_DECISIONS[body.get("decision", "reversed")],
        amount=convert.money(_fen(body["amount"])),
        why=[remark(problem_of(each)) for each in body["why"]] if body["kind"] == "determination" else [],
        caps=[
            v1.CapTouched(
                cap=each["cap"],
                key=bytes.fromhex(each["key"]),
                before=each["before"],
                after=each["after"],
                most=each["most"],
            )
            for each in body.get("caps", ())
        ],
        entry=canonical(dict(body)) if content is None else content,
    )


def _fen(amount: str) -> int:
    """A sum as entries write it, with two places, in fen."""
    return int(amount.replace(".", ""))


def _size(note: str) -> int:
    """How many entries the log of a checkpoint has: its second line."""
    return int(note.split("\n")[1])


def _first(token: str) -> int:
    text = text_of(token)
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise convert.bad_request("page_token", "不是本服务给出的", "it is none that this service gave")
    return int(text)
