"""Every call has an id, the same however often it is asked again, and whoever reads an error can name it."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from tests.service.test_server import Broken
from tests.service.wire import HOME, HOME_FACTS

import subsidy
from subsidy.client import Client, call_id
from subsidy.errors import ServiceError
from subsidy.service import Server

from .between import Between, Code

ID = "x-request-id"


def test_a_call_keeps_its_id_when_it_is_asked_again(server: Server) -> None:
    """All attempts of one call have one id, a UUID, and the next call has another."""
    with (
        Between(server.address, lambda _, number: Code.UNAVAILABLE if number < 2 else None) as between,
        Client(between.address, timeout=2) as client,
    ):
        list(client.policies())
        list(client.policies())
    ids = [each.metadata[ID] for each in between.attempts("ListPolicies")]
    assert len(ids) == 4 and len(set(ids)) == 2 and len(set(ids[:3])) == 1
    assert all(str(uuid.UUID(each)) == each for each in ids)


def test_an_id_is_given_to_all_calls_within(server: Server) -> None:
    """Calls of every kind within have the given id, also a table that is read later; those before and after do not."""
    mine = uuid.uuid4()
    roster = pa.table({name: [value] for name, value in HOME_FACTS.items()})
    with Between(server.address) as between, Client(between.address) as client:
        client.policy(HOME)
        with call_id(mine) as given:
            client.calculate(HOME, HOME_FACTS)
            batches = client.calculate_batches(HOME, roster.to_reader(), on="2023-08-01")
        with call_id() as fresh:
            client.policy(HOME)
        client.policy(HOME)
        assert sum(each.num_rows for each in batches) == 1
    ids = [each.metadata[ID] for each in between.seen]
    assert given == mine and ids[1:3] == [str(mine)] * 2 == [each.metadata[ID] for each in between.seen[1:3]]
    assert ids[-1] == str(mine) and between.seen[-1].method == "CalculateTable"
    assert ids[3] == str(fresh) and len({*ids}) == 4


def test_an_id_holds_in_one_thread(server: Server) -> None:
    """Threads that share a client do not share their ids."""
    with Between(server.address) as between, Client(between.address) as client, ThreadPoolExecutor(4) as threads:

        def ask(given: uuid.UUID) -> None:
            with call_id(given):
                client.policies().__next__()

        mine = [uuid.uuid4() for _ in range(40)]
        list(threads.map(ask, mine))
    assert sorted(each.metadata[ID] for each in between.seen) == sorted(map(str, mine))


@pytest.mark.parametrize("given", ["Zhang San", "", "1234"])
def test_what_is_no_uuid_is_no_id(given: str) -> None:
    """Nothing but a UUID is taken: a name would stand in the logs of the service."""
    with pytest.raises(subsidy.RequestError) as error, call_id(given):
        raise AssertionError
    assert error.value.report() == (
        "R0301 bad-request  call_id\n"
        f"  请求有误：call_id：{given} 不是 UUID\n"
        f"  the request is not well formed: call_id: {given} is no UUID"
    )


def test_an_error_has_the_id_of_its_call() -> None:
    """Our own faults, and what the service has not, are printed with it."""
    mine = "0b9e1c52-7d1f-4c39-9f0e-3a4d3c1f2b6a"
    with Server(Broken()) as server, Client(server.address) as client, call_id(mine):
        with pytest.raises(subsidy.InternalError) as fault:
            client.policy(HOME)
        number = fault.value.problems[0].values["id"]
        assert fault.value.call_id == mine
        assert fault.value.report() == (
            f"I0101 internal\n  内部错误，编号 {number}\n  → 请把编号告知运维人员\n"
            f"  an internal error, number {number}\n  → please tell the operator this number\n"
            f"  调用编号 · id of the call: {mine}"
        )
        with pytest.raises(ServiceError) as none:
            client.checkpoint()
        assert none.value.report("en").endswith(f"\n  id of the call: {mine}")


def test_a_refused_fact_has_the_id_as_well(client: Client) -> None:
    """Also where a value could not be sent; what is printed of it is what the library prints."""
    for facts in ({**HOME_FACTS, "hours": "745"}, {**HOME_FACTS, "hours": 3.5}):
        with call_id() as mine, pytest.raises(subsidy.FactsError) as error:
            client.calculate(HOME, facts)
        assert error.value.call_id == str(mine)
        assert str(mine) not in error.value.report()
