"""System checks: what can be wrong with the settings, said before a part starts.

What can be seen from one value alone is refused by votingsite.settings; here is what needs a second look.
"""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Info, Warning, register, run_checks  # noqa: A004
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS
from django.http.request import split_domain_port, validate_host

from core.stores import checks

#: A secret of fewer characters may be guessed.
SECRET_LENGTH = 32
#: Seconds between two questions to a store that could not be checked at the start.
_RECHECK_S = 2


def stop_on_errors() -> None:
    """Run all checks, those of the stores too; on errors say all of them on stderr and exit with 1.

    Each part calls it at its start, after django.setup(). A store that doesn't answer is checked when it does, by a
    thread, and then ends the process if it is wrong.
    """
    found = [*run_checks(), *_check_stores()]
    _stop_if_wrong(found)
    if _unreached(found):
        Thread(target=_check_stores_later, name="checks of the stores", daemon=True).start()


def _check_stores() -> list[CheckMessage]:
    return run_checks(tags=[checks.TAG], databases=[DEFAULT_DB_ALIAS])


def _unreached(found: Iterable[CheckMessage]) -> bool:
    return any(message.id in checks.UNREACHED for message in found)


def _check_stores_later() -> None:
    """Ask until both stores have answered, or one of them in a way that ends the process."""
    found = _check_stores()
    while _unreached(found) and not _errors(found):
        time.sleep(_RECHECK_S)
        found = _check_stores()
    try:
        _stop_if_wrong(found)
    except SystemExit:
        # Of a thread that would end the thread alone.
        os._exit(1)


def _errors(found: Iterable[CheckMessage]) -> list[CheckMessage]:
    return [message for message in found if message.level >= ERROR and not message.is_silenced()]


def _stop_if_wrong(found: Iterable[CheckMessage]) -> None:
    """Say what was found; exit with 1 if anything of it is an error."""
    errors = _errors(found)
    for message in found:
        if message not in errors and not message.is_silenced():
            sys.stderr.write(f"votingsite: {_sentences(message)}\n")
    if errors:
        sys.stderr.write("votingsite can't start.\n")
        sys.stderr.writelines(f"  {_sentences(message)}\n" for message in errors)
        sys.stderr.flush()
        sys.exit(1)


def _sentences(message: CheckMessage) -> str:
    return " ".join(str(part) for part in (message.msg, message.hint, f"({message.id})") if part)


@register()
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """The settings of this process; asks no store."""
    return [
        *_check_names(),
        *_check_secrets(),
        *_check_hosts(),
        *_check_addresses(),
        *_check_https(),
        *_check_proxies(),
        *_check_seed(),
    ]


def _check_names() -> Iterator[CheckMessage]:
    if "DOOR" in os.environ:
        yield Warning("DOOR is the old name of a setting.", hint="Call it ROLE.", id="votingsite.W005")


def _check_secrets() -> Iterator[CheckMessage]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's word for an empty one
        key = ""
    if len(key) < SECRET_LENGTH:
        what = f"SECRET_KEY has {len(key)} characters; it needs {SECRET_LENGTH} or more." if key else "No SECRET_KEY."
        hint = "Set the same long random SECRET_KEY for all parts; bin/up makes one by itself."
        yield Error(what, hint=hint, id="votingsite.E001")
    for number, old in enumerate(settings.SECRET_KEY_FALLBACKS, 1):
        if len(old) < SECRET_LENGTH:
            what = f"Key {number} of SECRET_KEY_FALLBACKS has {len(old)} characters; it needs {SECRET_LENGTH} or more."
            yield Error(what, hint="Take it out: who guesses it can vote for others.", id="votingsite.E002")


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
        # One without a scheme is reported by Django itself (4_0.E001).
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


def _check_seed() -> Iterator[CheckMessage]:
    if settings.OPTION_A == settings.OPTION_B:
        what = f"OPTION_A and OPTION_B are both {settings.OPTION_A!r}: nobody could tell the choices apart."
        yield Error(what, hint="Give them different texts.", id="votingsite.E011")


def _urls() -> Sequence[tuple[str, str]]:
    """The web services' addresses that are set, with the names of their settings."""
    given = [("VOTE_URL", settings.VOTE_URL), ("RESULT_URL", settings.RESULT_URL)]
    return [(name, url) for name, url in given if url]
