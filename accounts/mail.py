"""Mail, where it is configured."""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from core.stores.errors import one_line

logger = logging.getLogger(__name__)


def is_configured() -> bool:
    """Tell whether mail can be sent at all."""
    return settings.EMAIL_URL is not None


def send(to: str, subject: str, template: str, context: dict[str, Any]) -> bool:
    """Send a mail; return False, and log why, where the mail server does not take it."""
    try:
        send_mail(subject, render_to_string(template, context), None, [to])
    except (SMTPException, OSError) as error:
        logger.warning("A mail was not sent: %s", one_line(error))
        return False
    return True
