"""Settings from the environment: environs, with parsers of this project.

Every variable may also be given as NAME_FILE, the path of a file with its value. Bad values are collected, and `finish`
names them all.
"""

import ipaddress
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from environs import EnvValidationError, FileAwareEnv, ValidationError, validate
from redis.connection import parse_url

from core.web import logos
from core.web.texts import whole_number

#: Parts of the names of variables whose values are never shown.
_SECRET_WORDS = ("SECRET", "PASSWORD", "TOKEN", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "HEADERS")


@dataclass(frozen=True)
class RedisAddress:
    """The address of Redis, in the parts that our clients take."""

    host: str
    port: int
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ssl: bool = False

    @property
    def connection_arguments(self) -> dict[str, Any]:
        """Return keyword arguments for a redis-py connection (without `ssl`, which chooses its class)."""
        return {
            "host": self.host,
            "port": self.port,
            "db": self.db,
            "username": self.username,
            "password": self.password,
        }


@dataclass(frozen=True)
class MailServer:
    """A mail server: encrypted from the first byte (`tls`), from STARTTLS on, or not at all."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: bool = False


class BadEnvironment(Exception):
    """Bad values in the environment: a line each, with name, value and what is legal."""


def _unless_none(parse: Callable[..., Any], value: str | None, **options: Any) -> Any:
    return None if value is None else parse(value, **options)


class Environment(FileAwareEnv):
    """The environment variables of this process, read with this project's parsers."""

    def __init__(self) -> None:
        super().__init__(eager=False, strip_whitespace=True)
        for parser in (word, switch, origin, networks, limit, postgres, redis_url, logo, mail_server):
            # environs passes defaults to the parser too: None stays None.
            self.add_parser(parser.__name__, partial(_unless_none, parser))

    def finish(self) -> None:
        """Raise BadEnvironment if any value read so far is bad."""
        try:
            self.seal()
        except EnvValidationError as bad:
            messages: dict[str, list[str]] = bad.error_messages  # type: ignore[assignment]
            raise BadEnvironment("\n".join(_sentence(name, why) for name, why in messages.items())) from None

    def _get_value(self, env_key: str, default: Any) -> Any:
        # environs raises here before it knows that errors are to be collected.
        try:
            value = super()._get_value(env_key, default)
        except ValueError:
            path = os.environ.get(f"{env_key}_FILE")
            self._errors[env_key].append(f"{env_key}_FILE={path} must be the path of a readable file.")
            return default
        return default if value == "" else value  # empty is not given


def _sentence(name: str, why: list[str]) -> str:
    reason = " ".join(why)
    if name not in os.environ:
        return f"  {name}: {reason}"
    seen = "(not shown)" if any(word in name for word in _SECRET_WORDS) else repr(os.environ[name])
    return f"  {name}={seen}: {reason}"


def word(value: str, legal: Sequence[str]) -> str:
    """Parse one of the legal words; returned in lower case."""
    if value.lower() not in legal:
        raise ValidationError(f"Must be one of: {', '.join(legal)}.")
    return value.lower()


def switch(value: str) -> bool:
    """Parse on or off, in the usual words."""
    word = value.lower()
    if word not in ("on", "off", "true", "false", "yes", "no", "1", "0"):
        raise ValidationError('Must be "on" or "off".')
    return word in ("on", "true", "yes", "1")


def origin(value: str) -> str:
    """Parse `https://votes.example` or `http://10.0.0.7:8080`; returned without a slash at its end."""
    try:
        parts = urlsplit(value)
        _ = parts.port
        # Only scheme, host and port.
        legal = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        legal = legal and parts.path in ("", "/") and not parts.query and not parts.fragment
    except ValueError:
        legal = False
    if not legal:
        raise ValidationError("Must be an address like https://votes.example or http://10.0.0.7:8080, without a path.")
    return value.rstrip("/")


def logo(value: str, beside: Path) -> logos.Logo:
    """Read the picture in this file; a relative path begins at `beside`."""
    try:
        return logos.read(beside / value)
    except logos.BadLogoError as error:
        legal = f"Must be the path of an SVG or PNG of up to {logos.MOST_BYTES:,} bytes."
        raise ValidationError(f"{error} {legal}") from None


def networks(value: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Parse addresses and networks, separated by commas: `10.0.0.1,172.16.0.0/12`."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip()]
    except ValueError as error:
        raise ValidationError(f"Must be addresses and networks like 10.0.0.1,172.16.0.0/12 ({error}).") from None


def limit(value: str) -> int | None:
    """Parse a whole number from 1, or `off` (None)."""
    if value.lower() in ("", "off"):
        return None
    number = whole_number(value)
    if not number:
        raise ValidationError("Must be a whole number from 1, or off.")
    return number


def postgres(value: str) -> dict[str, Any]:
    """Parse `postgres://user:password@host:port/name` into a DATABASES entry of Django."""
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(value))
    except (ValueError, KeyError):
        config = {}
    if config.get("ENGINE") != "django.db.backends.postgresql" or not config.get("NAME"):
        raise ValidationError("Must be postgres://USER:PASSWORD@HOST:PORT/NAME; other databases are not supported.")
    return config


def redis_url(value: str) -> RedisAddress:
    """Parse `redis://:password@host:port/0`, or `rediss://` for TLS."""
    try:
        parts: dict[str, Any] = dict(parse_url(value))  # type: ignore[no-untyped-call]
    except ValueError:
        parts = {}
    if "host" not in parts:
        raise ValidationError("Must be redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS.")
    return RedisAddress(
        host=parts["host"],
        port=parts.get("port", 6379),
        db=parts.get("db", 0),
        username=parts.get("username"),
        password=parts.get("password"),
        ssl=value.startswith("rediss:"),
    )


#: The schemes of an EMAIL_URL, and their default ports.
_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def mail_server(value: str) -> MailServer:
    """Parse `smtp+tls://user:password@host:587` (STARTTLS), `smtps://…` (TLS at once) or `smtp://…` (no TLS)."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _MAIL_PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValidationError(
            "Must be smtp+tls://USER:PASSWORD@HOST:PORT, smtps:// for TLS at once, or smtp:// for none."
        )
    return MailServer(
        host=parts.hostname,
        port=port or _MAIL_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
        starttls=parts.scheme == "smtp+tls",
    )


#: A validator of port numbers.
PORT = validate.Range(1, 65535, error="Must be a port number from 1 to 65535.")
#: What a share may be.
FRACTION = validate.Range(0, 1, error="Must be a number from 0 to 1, such as 0.2 for one of five.")
#: What a delay of a request may be.
DELAY_MS = validate.Range(0, 10_000, error="Must be a whole number of milliseconds from 0 to 10000.")
#: What the address of a collector is: empty, or a URL.
COLLECTOR = validate.Regexp(r"(https?://[^\s/]+\S*)?\Z", error="Must be an address like http://collector:4318.")
