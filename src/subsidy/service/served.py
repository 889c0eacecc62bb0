"""The catalogue that is served, with what is made of it beforehand; a newer one takes its place between two calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..calculation.policy import Policy
from ..catalogue.folder import read_entry
from ..errors import CatalogueError, Problems
from ..policies import Catalogue
from ..v1.policy_service_pb2 import Policy as Message
from .policies import policy_message


class Now(NamedTuple):
    """What one call sees from its beginning to its end.

    Attributes:
        messages: every version of every policy as it is answered, by its digest.
    """

    catalogue: Catalogue
    messages: Mapping[str, Message]


class Served:
    """What is served at the moment.

    Raises:
        CatalogueError, PolicyError: a module is not what its lock says, or not sound.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.now = _made(catalogue)

    def replace(self, catalogue: Catalogue) -> None:
        """Serve another catalogue from the next call on.

        Raises:
            CatalogueError, PolicyError: it is not sound; what was served stays.
        """
        self.now = _made(catalogue)


def _made(catalogue: Catalogue) -> Now:
    """Every policy is compiled here and every adoption read, so that no call waits for it, or finds it wrong."""
    messages = {policy.digest: policy_message(policy, _text(catalogue, policy)) for policy in catalogue}
    for policy_id in catalogue.ids:
        catalogue.bases.standing(policy_id)
    return Now(catalogue, messages)


def _text(catalogue: Catalogue, policy: Policy) -> bytes:
    """The file of a module, proved to be the text that was compiled."""
    content = catalogue.folder.content(policy.path)
    problems = Problems()
    read_entry(policy.path, content, policy.digest, problems)
    problems.raise_as(CatalogueError)
    return content
