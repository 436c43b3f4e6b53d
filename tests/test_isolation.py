from django.conf import settings
from django.utils import timezone, translation


def test_a_language_and_a_zone_may_be_left_behind() -> None:
    """As a request does: Django's middleware activates its reader's language for the thread."""
    translation.activate("es")
    timezone.activate("Asia/Tokyo")


def test_the_next_test_has_neither() -> None:
    assert translation.get_language() == settings.LANGUAGE_CODE
    assert timezone.get_current_timezone_name() == settings.TIME_ZONE
