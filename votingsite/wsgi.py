"""The vote service: all HTTP, over WSGI."""

import atexit
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "votingsite.settings")
os.environ.setdefault("ROLE", os.environ.get("DOOR", "vote"))

application = get_wsgi_application()

from django.conf import settings  # noqa: E402

from core.stores.checks import stop_on_errors  # noqa: E402
from core.telemetry import heartbeat  # noqa: E402 - they need the settings
from inspection import pipeline  # noqa: E402 - they need the settings

stop_on_errors()
if settings.ROLE:  # whoever else imports this, such as a test, is no part and says nothing of itself
    atexit.register(heartbeat.start(settings.ROLE, pipeline.sample))
