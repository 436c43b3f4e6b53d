"""The second factor: codes of an app on the phone (TOTP), and recovery codes in case it is lost.

django-otp keeps the devices, throttles guesses and uses each code once. Recovery codes are stored as keyed hashes.
"""

import hmac
import re
from base64 import b32encode
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.web import qr
from polls import people

#: The number of recovery codes of a user.
CODES = 10
#: The time for the first code of a new device, while its key is shown.
PATIENCE = timedelta(minutes=15)
_NAME = "votingsite"
_OF_THE_APP = re.compile(r"\d{6}")


def is_on(user: User) -> bool:
    """Tell whether this user signs in with a second factor."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def is_required(user: User) -> bool:
    """Tell whether this user must have one: operators, if the setting says so."""
    return settings.REQUIRE_SECOND_FACTOR and (user.is_superuser or people.may_operate(user))


def is_owed(user: User) -> bool:
    """Tell whether this user must have one and has none."""
    return is_required(user) and not is_on(user)


@transaction.atomic
def begin(user: User) -> None:
    """Make a key for an app. It has no effect until a code of it is confirmed."""
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    TOTPDevice.objects.create(user=user, name=_NAME, confirmed=False)


def unconfirmed(user: User) -> TOTPDevice | None:
    """Return the device that waits for its first code; None if there is none or its time is over."""
    return _waiting(user).first()


@transaction.atomic
def confirm(user: User, code: str) -> list[str] | None:
    """Confirm the waiting device by its code, delete the present one, and return new recovery codes."""
    device = _waiting(user).select_for_update().first()
    if device is None or not _OF_THE_APP.fullmatch(_plain(code)) or not device.verify_token(_plain(code)):
        return None
    TOTPDevice.objects.filter(user=user, confirmed=True).delete()
    device.confirmed = True
    device.save()
    return new_codes(user)


@transaction.atomic
def new_codes(user: User) -> list[str]:
    """Replace the recovery codes and return the new ones, which can be shown only now."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=_NAME)
    codes = [StaticToken.random_token() for _ in range(CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_hashes(code)[0]) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def codes_left(user: User) -> int:
    """Return the number of unused recovery codes."""
    return int(StaticToken.objects.filter(device__user=user).count())


@transaction.atomic
def verify(user: User, code: str) -> bool:
    """Tell whether this is a code of the user's app, or a recovery code. It is valid once.

    After each wrong code django-otp refuses all for a time that doubles.
    """
    plain = _plain(code)
    device: TOTPDevice | StaticDevice | None
    if _OF_THE_APP.fullmatch(plain):
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
    else:
        device = StaticDevice.objects.select_for_update().filter(user=user).first()
        hashes = _hashes(plain)
        known = StaticToken.objects.filter(device=device, token__in=hashes).values_list("token", flat=True).first()
        plain = known or hashes[0]
    return device is not None and bool(device.verify_token(plain))


@transaction.atomic
def remove(user: User) -> bool:
    """Remove the second factor of this user; return False if there was none."""
    StaticDevice.objects.filter(user=user).delete()
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return bool(TOTPDevice.objects.filter(user=user).delete()[0])


def picture(device: TOTPDevice) -> str:
    """Return the QR code of a device's key as a data URL, black on white, as apps need it."""
    return qr.data_uri(device.config_url)


def key(device: TOTPDevice) -> str:
    """Return a device's key for typing, in groups of four."""
    text = b32encode(device.bin_key).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _waiting(user: User) -> "QuerySet[TOTPDevice]":
    return TOTPDevice.objects.filter(user=user, confirmed=False, created_at__gt=timezone.now() - PATIENCE)  # type: ignore[no-any-return]


def _plain(code: str) -> str:
    """Return a code without the spaces and hyphens that people copy."""
    return re.sub(r"[\s-]", "", code).lower()


def _hashes(code: str) -> list[str]:
    """Return the hashes of a recovery code, under the present key and former ones."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    named = f"votingsite.recovery:{code}".encode()
    return [hmac.new(secret.encode(), named, "sha256").hexdigest()[:16] for secret in keys]
