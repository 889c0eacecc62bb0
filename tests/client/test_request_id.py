"""Under which request something was asked is never lost: whoever asks again with it has one effect, and is told so."""

from __future__ import annotations

import uuid
from threading import Thread
from typing import Any

import grpc
import pytest
from tests.ledger.support import NURSING
from tests.service.conftest import Desk

import subsidy
from subsidy.client import Client
from subsidy.errors import ServiceError

from .between import Between, Code
from .test_repeats import first

CLAIM = {"elder": "E1", "month": "2024-03", "cost": "900", "bill": "b"}


class Dying(Between):
    """It passes on a claim, and is gone before it answers."""

    def service(self, handler_call_details: Any) -> Any:
        handler = super().service(handler_call_details)
        if not handler_call_details.method.endswith("Determine"):
            return handler

        def unary(content: bytes, context: grpc.ServicerContext) -> bytes:
            handler.unary_unary(content, context)
            Thread(target=self._server.stop, args=(0,)).start()
            context.abort(Code.UNAVAILABLE, "gone")

        return grpc.unary_unary_rpc_method_handler(unary)


def test_a_service_that_died_after_the_commit(desk: Desk) -> None:
    """That nobody listens any more does not hide that the claim may be recorded; the error says under which request."""
    with Dying(desk.server.address) as between, Client(between.address, timeout=1) as client:
        with pytest.raises(ServiceError) as error:
            client.determine(NURSING, CLAIM)
        request = error.value.request
        assert str(uuid.UUID(request)) == request
        assert [each.entry["request"] for each in desk.client.determinations()] == [request]
        said = error.value.report("en").splitlines()
        assert said[1].startswith(f"  no answer from {between.address}: nobody listens there (")
        unknown = "whether it is recorded is not known: ask again with the same request, which has no second effect"
        assert said[2:] == [
            f"  → {unknown}; check the address and the port, and see whether the service runs",
            f"  id of the call: {error.value.call_id}",
            f"  request id: {request}",
        ]
    assert desk.client.determine(NURSING, CLAIM, request=request).entry["request"] == request
    assert len([*desk.client.determinations()]) == 1


def test_every_error_of_what_is_recorded_has_its_request(desk: Desk) -> None:
    """Given or made; refused, failed or without an answer. Where nothing is to be recorded there is none."""
    asked: list[tuple[str, Any, type[subsidy.SubsidyError]]] = [
        ("Determine", lambda own, more: own.determine(NURSING, CLAIM, **more), ServiceError),
        ("Reverse", lambda own, more: own.reverse(0, why="误", **more), ServiceError),
        ("Release", lambda own, more: own.release(0, "first", **more), ServiceError),
        ("", lambda own, more: own.determine(NURSING, {**CLAIM, "cost": "-1"}, **more), subsidy.FactsError),
        ("", lambda own, more: own.reverse(0, why="误", **more), subsidy.RequestError),
    ]
    for refused, ask, kind in asked:
        with (
            Between(desk.server.address, first(9, Code.INTERNAL, refused)) as way,
            Client(way.address, timeout=4) as own,
        ):
            with pytest.raises(kind) as error:
                ask(own, {"request": "mine"})
            assert error.value.request == "mine"
            with pytest.raises(kind) as made:
                ask(own, {})
            assert str(uuid.UUID(made.value.request)) == made.value.request
            if kind is ServiceError:
                assert made.value.problems[0].help("zh") == (
                    "是否已经入账不得而知：用同一 request 再次提交，不会重复入账；查看服务是否在运行"
                )
                assert made.value.report("zh").endswith(f"\n  请求号: {made.value.request}")
    for claim, only in (({**CLAIM, "cost": "-1"}, True), ({**CLAIM, "cost": 1.5}, False)):  # which is never recorded
        with pytest.raises(subsidy.FactsError) as tried:
            desk.client.determine(NURSING, claim, validate_only=only)
        assert tried.value.request == ""
    with pytest.raises(subsidy.RequestError) as none:
        desk.client.determination(99)
    assert none.value.request == ""
