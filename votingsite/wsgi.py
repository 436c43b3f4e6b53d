"""The vote door: all HTTP, over WSGI."""

import atexit
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "votingsite.settings")
os.environ.setdefault("DOOR", "vote")

application = get_wsgi_application()

from votingsite import pipeline, reporter  # noqa: E402 - they need the settings
from votingsite.checks import stop_on_errors  # noqa: E402

stop_on_errors()
atexit.register(reporter.start("vote", pipeline.sample))
