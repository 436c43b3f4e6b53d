"""System checks of the settings, before a part starts.

votingsite.settings refuses single bad values; these checks look at several together.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register  # noqa: A004
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host

from core.telemetry import control

#: Characters of a secret, at least: a shorter one may be guessed.
SECRET_LENGTH = 32


@register("settings")
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Check the settings of this process; asks no store."""
    return [
        *_check_names(),
        *_check_secrets(),
        *_check_hosts(),
        *_check_addresses(),
        *_check_https(),
        *_check_proxies(),
        *_check_mail(),
        *_check_seed(),
        *_check_instructor(),
        *_check_drills(),
        *_check_faults(),
        *_check_traces(),
    ]


def _check_names() -> Iterator[CheckMessage]:
    if "DOOR" in os.environ:
        yield Warning("DOOR is the old name of a setting.", hint="Call it ROLE.", id="votingsite.W005")


def _check_secrets() -> Iterator[CheckMessage]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's error for an empty key
        key = ""
    if len(key) < SECRET_LENGTH:
        what = f"SECRET_KEY has {len(key)} characters; it needs {SECRET_LENGTH} or more." if key else "No SECRET_KEY."
        hint = "Set the same long random SECRET_KEY for all parts; bin/up makes one by itself."
        yield Error(what, hint=hint, id="votingsite.E001")
    for number, old in enumerate(settings.SECRET_KEY_FALLBACKS, 1):
        if len(old) < SECRET_LENGTH:
            what = f"Key {number} of SECRET_KEY_FALLBACKS has {len(old)} characters; it needs {SECRET_LENGTH} or more."
            yield Error(what, hint="Remove it: whoever guesses it can vote for others.", id="votingsite.E002")


def _check_hosts() -> Iterator[CheckMessage]:
    hosts = [host for host in settings.ALLOWED_HOSTS if host.strip()]
    if not hosts and not settings.DEBUG:
        hint = "Name the hosts that people type, such as votes.example; * allows any."
        yield Error("ALLOWED_HOSTS is empty, so every request would be refused.", hint=hint, id="votingsite.E003")
    if settings.HTTPS and "*" in hosts:
        hint = "Name the hosts that the certificate is for."
        yield Error("ALLOWED_HOSTS allows any host (*) although HTTPS is on.", hint=hint, id="votingsite.E004")
    for host in hosts:
        if host != "*" and (not split_domain_port(host.removeprefix("."))[0] or split_domain_port(host)[1]):
            what = f"ALLOWED_HOSTS has {host!r}, which no request can match."
            yield Error(what, hint="Write names alone, without https://, port or path.", id="votingsite.E005")
    for name, url in _urls():
        host = urlsplit(url).netloc.rpartition(":")[0] if urlsplit(url).port else urlsplit(url).netloc
        if hosts and not validate_host(host, hosts):
            what = f"{name}={url} names a host that ALLOWED_HOSTS={','.join(hosts)} refuses."
            yield Error(what, hint=f"Add {host} to ALLOWED_HOSTS.", id="votingsite.E006")


def _check_addresses() -> Iterator[CheckMessage]:
    urls = dict(_urls())
    if len(urls) < 2 and settings.VOTE_PORT == settings.RESULT_PORT:
        what = f"VOTE_PORT and RESULT_PORT are both {settings.VOTE_PORT}, so one web service can't be found."
        yield Error(what, hint="Give each its own, or set VOTE_URL and RESULT_URL.", id="votingsite.E007")
    if len(urls) == 2 and len(set(urls.values())) == 1:
        what = f"VOTE_URL and RESULT_URL are both {settings.VOTE_URL}."
        yield Info(what, hint="The proxy there has to send /ws/ to the result service.", id="votingsite.I001")
    hosts = {urlsplit(url).hostname for url in urls.values()}
    if len(hosts) == 2:
        what = "VOTE_URL and RESULT_URL name different hosts, so a voter isn't known on the result pages."
        yield Warning(what, hint="Use one host with two ports, or one proxy for both.", id="votingsite.W001")
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        # Django itself reports one without a scheme (4_0.E001).
        if "://" in origin and urlsplit(origin).path:
            what = f"CSRF_TRUSTED_ORIGINS has {origin!r}, which no request can match."
            yield Error(what, hint="Write it without a path and without a slash at its end.", id="votingsite.E008")


def _check_https() -> Iterator[CheckMessage]:
    origins = [("CSRF_TRUSTED_ORIGINS", origin) for origin in settings.CSRF_TRUSTED_ORIGINS]
    if settings.HTTPS and settings.DEBUG:
        hint = "Turn DEBUG off: its error pages show settings to anybody."
        yield Error("DEBUG is on although HTTPS is on.", hint=hint, id="votingsite.E009")
    for name, url in [*_urls(), *origins]:
        if settings.HTTPS and url.startswith("http://"):
            hint = "Write https://, or turn HTTPS off."
            yield Error(f"{name} has {url} although HTTPS is on.", hint=hint, id="votingsite.E010")
    for name, url in _urls():
        if not settings.HTTPS and url.startswith("https://"):
            what = f"{name}={url} is https:// although HTTPS is off, so cookies could be read on the way."
            yield Warning(what, hint="Set HTTPS=on.", id="votingsite.W002")


def _check_proxies() -> Iterator[CheckMessage]:
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        what = "HTTPS is on and TRUSTED_PROXIES is empty: behind a proxy every page would redirect to itself."
        yield Info(what, hint="Name the proxy that speaks TLS in TRUSTED_PROXIES.", id="votingsite.I002")
        if settings.VOTE_RATE_LIMIT:
            what = f"VOTE_RATE_LIMIT={settings.VOTE_RATE_LIMIT} takes all who come through one proxy for one address."
            yield Warning(what, hint="Name the proxy in TRUSTED_PROXIES.", id="votingsite.W003")
    for network in settings.TRUSTED_PROXIES:
        if network.prefixlen == 0:
            what = f"TRUSTED_PROXIES has {network}: whoever connects can claim any address."
            yield Warning(what, hint="Name the proxies' own addresses.", id="votingsite.W004")


def _check_mail() -> Iterator[CheckMessage]:
    if not settings.EMAIL_URL:
        return
    if not settings.DEFAULT_FROM_EMAIL:
        hint = "Set it to the address that mails come from, such as votes@example.org."
        yield Error("EMAIL_URL is set and EMAIL_FROM is not.", hint=hint, id="votingsite.E012")
    if not settings.VOTE_URL:
        hint = "Set it to the address that people type: a mail must not name whatever host a request has named."
        yield Error("EMAIL_URL is set and VOTE_URL is not.", hint=hint, id="votingsite.E013")
    server = settings.EMAIL_URL
    if server.password and not (server.tls or server.starttls) and server.host not in ("localhost", "127.0.0.1", "::1"):
        what = f"EMAIL_URL sends its password to {server.host} without encryption."
        yield Warning(what, hint="Write smtp+tls:// or smtps://.", id="votingsite.W006")


def _check_seed() -> Iterator[CheckMessage]:
    if settings.OPTION_A == settings.OPTION_B:
        what = f"OPTION_A and OPTION_B are both {settings.OPTION_A!r}: nobody could tell the choices apart."
        yield Error(what, hint="Give them different texts.", id="votingsite.E011")


def _check_instructor() -> Iterator[CheckMessage]:
    if not settings.INSTRUCTOR:
        return
    hint = "Take UP_CONTROL out of the environment: bin/up sets it by itself."
    if settings.HTTPS:
        yield Error("UP_CONTROL is on although HTTPS is on.", hint=hint, id="votingsite.E014")
    elif not control.pipe(settings.DATA_DIR).is_fifo():
        what = f"UP_CONTROL is on, and no bin/up runs for {settings.DATA_DIR}."
        yield Error(what, hint=hint, id="votingsite.E015")


def _check_drills() -> Iterator[CheckMessage]:
    if settings.DRILLS and not settings.INSTRUCTOR:
        hint = "Take DRILLS out of the environment, or start the system with bin/up and without HTTPS."
        yield Warning("DRILLS is on, but only bin/up lets its parts be killed.", hint=hint, id="votingsite.W010")


def _check_faults() -> Iterator[CheckMessage]:
    for name in ("FAULT_VOTE_ERROR_RATE", "FAULT_VOTE_DELAY_MS"):
        value = getattr(settings, name)
        if value and settings.HTTPS:
            hint = f"Take {name} out: it is for demos, and never for a vote that counts."
            yield Error(
                f"{name}={value} spoils votes on purpose although HTTPS is on.", hint=hint, id="votingsite.E016"
            )
        elif value:
            hint = f"Take {name} out if this is no demo."
            yield Warning(f"{name}={value} spoils votes on purpose.", hint=hint, id="votingsite.W007")


def _check_traces() -> Iterator[CheckMessage]:
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not settings.OTEL:
        what = "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed, so nothing is traced."
        hint = "Install requirements-otel.txt in the place of requirements.txt, or take the variable out."
        yield Warning(what, hint=hint, id="votingsite.W008")
    elif settings.OTEL and protocol != "http/protobuf":
        what = f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}, but spans are sent by http/protobuf alone."
        hint = "Let OTEL_EXPORTER_OTLP_ENDPOINT name the collector's port for HTTP, which is 4318 by default."
        yield Warning(what, hint=hint, id="votingsite.W009")


def _urls() -> Sequence[tuple[str, str]]:
    """Return the web services' addresses that are set, by the names of their settings."""
    given = [("VOTE_URL", settings.VOTE_URL), ("RESULT_URL", settings.RESULT_URL)]
    return [(name, url) for name, url in given if url]
