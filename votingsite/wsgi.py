"""The vote door: all HTTP, over WSGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "votingsite.settings")
os.environ.setdefault("DOOR", "vote")

application = get_wsgi_application()

from votingsite.checks import stop_on_errors  # noqa: E402 - needs the settings

stop_on_errors()
