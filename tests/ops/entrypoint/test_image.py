"""The contents of the image."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings

from tests.test_structure import PACKAGES


def test_every_folder_that_the_parts_need_goes_into_the_image():
    let_in = {line[1:] for line in (settings.BASE_DIR / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    templates: Any = settings.TEMPLATES[0]["DIRS"]
    named = {path.name for path in [*ours, *settings.LOCALE_PATHS, *settings.STATICFILES_DIRS, *templates]}
    assert (named | set(PACKAGES)) - let_in == set()
