"""What goes into the image."""

from pathlib import Path

from django.apps import apps
from django.conf import settings


def test_every_folder_that_the_settings_name_goes_into_the_image():
    let_in = {line[1:] for line in (settings.BASE_DIR / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    named = [*ours, *settings.LOCALE_PATHS, *settings.STATICFILES_DIRS, *settings.TEMPLATES[0]["DIRS"]]
    assert {Path(folder).name for folder in named} - let_in == set()
