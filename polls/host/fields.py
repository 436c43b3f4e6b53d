"""Fields of the host pages' forms: lines of visible text, and times in the browser's time zone."""

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from core.web import texts


class LineField(forms.CharField):
    """A line of visible text. One that is too long is an error, and is not cut off as `maxlength` would do."""

    def to_python(self, value: Any) -> str:
        """Return the text as it is kept. Refuse what nobody could see, such as a lone zero-width space."""
        typed = super().to_python(value) or ""
        kept = texts.clean(typed)
        if typed.strip() and not kept:
            raise ValidationError(gettext("Enter some visible text."), code="invisible")
        return kept

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No `maxlength`."""
        return {}


class MomentField(forms.DateTimeField):
    """A date and time as the browser picks it; in which time zone, its form says."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M:%S")
        super().__init__(widget=widget, required=False, **options)


def is_real(when: datetime) -> bool:
    """Tell whether the clocks of its zone show this time at all."""
    there_and_back = when.astimezone(UTC).astimezone(when.tzinfo)
    return there_and_back.replace(tzinfo=None) == when.replace(tzinfo=None)


def zone_of(name: str) -> tzinfo | None:
    """Return the time zone of this name; None where it isn't known here."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
