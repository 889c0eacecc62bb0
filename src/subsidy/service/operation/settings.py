"""The one model of what can be set: by flags, the environment and a file; the first of these that says it counts."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from annotated_types import Ge, Le
from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ...errors import Problems, ServiceError, hint, nearest
from ...settings import PREFIX, flag, variable
from ...text import Text
from ..security.tls import Tls

MIB: Final = 1024 * 1024
TLS: Final = ("tls_cert", "tls_key", "tls_ca", "roles")
Seconds = Annotated[float, Field(ge=0, le=3600)]


class Settings(BaseSettings):
    """Every setting of the service; what each is for stands in `subsidy.settings`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    listen: str = "127.0.0.1:50051"
    policies: Path | None = None
    adoptions: Path | None = None
    threads: Annotated[int, Field(ge=1, le=64)] = 4
    most_calls: Annotated[int, Field(ge=1, le=256)] = 64
    ledger: str | None = None
    scope: str | None = None
    key: Path | None = None
    least_free: Annotated[int, Field(ge=0)] = 256
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    roles: Path | None = None
    metrics: str | None = None
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    reload_seconds: Seconds = 10.0
    drain: Seconds = 1.0
    grace: Seconds = 10.0


def read_settings(flags: Mapping[str, Any], config: Path | None = None) -> Settings:
    """The settings as flags, the environment and a file say.

    Args:
        flags: those that are given.

    Raises:
        ServiceError: one is unknown or cannot be used, or the file cannot be read; all problems.
    """
    found, problems = said(flags, config)
    problems.raise_as(ServiceError)
    return found


def said(flags: Mapping[str, Any], config: Path | None = None) -> tuple[Settings, Problems]:
    """As `read_settings`, with the problems beside it; in the place of what cannot be used stands its default."""
    problems = Problems()
    content = _content(config, problems) if config is not None else {}
    given = dict(flags)
    file = None if problems.found else config  # one that cannot be read has nothing to add
    try:
        found = _model(file)(**given)
    except ValidationError as error:
        for each in error.errors():
            name = str(each["loc"][0])
            where = _where(name, flags, config, content)
            field = Settings.model_fields.get(name)
            if field is None:
                problems.add("S0501", where, given=name, **hint(name, Settings.model_fields))
            else:
                problems.add("S0502", where, given=str(each["input"])[:100], allowed=allowed(field))
                given[name] = field.default
        found = _model(file, unknown="ignore")(**given)
    _mistyped(problems)
    for name, missing in _alone(found):
        problems.add("S0503", _where(name, flags, config, content), given=name, missing=", ".join(missing))
    return found, problems


def _mistyped(problems: Problems) -> None:
    """Add each variable that is no setting but surely meant for one; others are not for the service.

    Kubernetes sets SUBSIDY_PORT, SUBSIDY_LEDGER_PORT and more of the kind beside Services of such names.
    """
    for name in filter(os.environ.get, sorted(os.environ)):  # an empty one says nothing
        own = name.removeprefix(PREFIX).lower()
        if not name.startswith(PREFIX) or own in Settings.model_fields or "port" in own.split("_"):
            continue
        if near := nearest(own, Settings.model_fields, closely=True):
            meant = variable(near)
            problems.add("S0501", name, given=name, hint=Text(f"是否想写 {meant}？", f"did you mean {meant}?"))


def _model(config: Path | None, unknown: Literal["forbid", "ignore"] = "forbid") -> type[Settings]:
    """The model, read from a file too."""

    class Here(Settings):
        model_config = SettingsConfigDict(extra=unknown)

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 — the shape is the library's
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = (TomlConfigSettingsSource(settings_cls, config),) if config is not None else ()
            return (init_settings, env_settings, *file)

    return Here


def _content(config: Path, problems: Problems) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text("utf-8"))
    except OSError as error:
        problems.add("S0104", str(config), detail=error.strerror or type(error).__name__)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.add("S0504", str(config), detail=str(error))
    return {}


def _where(name: str, flags: Mapping[str, Any], config: Path | None, content: Mapping[str, Any]) -> str:
    """Who says it: a flag, the environment, or a line of the file."""
    if name in flags:
        return flag(name)
    if variable(name) in os.environ:
        return variable(name)
    if config is not None and name in content:
        lines = config.read_text("utf-8").splitlines()
        at = next((n for n, line in enumerate(lines, 1) if line.partition("=")[0].strip(" \t[]\"'") == name), 1)
        return f"{config}:{at}"
    return flag(name)


def _alone(found: Settings) -> Iterator[tuple[str, list[str]]]:
    """Each setting that is given without those it belongs to."""
    given = [name for name in TLS if getattr(found, name) is not None]
    if given and len(given) < len(TLS):
        yield given[0], [name for name in TLS if name not in given]
    for name in ("scope", "key"):
        if getattr(found, name) is not None and found.ledger is None:
            yield name, ["ledger"]


def allowed(field: FieldInfo) -> Text | str:
    """What a setting may be."""
    choices = get_args(field.annotation)
    if choices and all(isinstance(each, str) for each in choices):
        return ", ".join(choices)
    least = next((each.ge for each in field.metadata if isinstance(each, Ge)), None)
    most = next((each.le for each in field.metadata if isinstance(each, Le)), None)
    if least is not None:
        return f"{least}…{most}" if most is not None else f"{least}…"
    return Text("文字", "a text")


def tls_of(settings: Settings) -> Tls | None:
    """The certificates and roles, where they are given."""
    files = [getattr(settings, name) for name in TLS]
    return None if None in files else Tls(*files)
