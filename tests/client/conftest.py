"""What the tests of the client share with those of the service."""

from __future__ import annotations

from tests.service.conftest import bureau_catalogue, bureau_folder, desk
from tests.service.security.conftest import town

__all__ = ["bureau_catalogue", "bureau_folder", "desk", "town"]
