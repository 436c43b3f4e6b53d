"""Bringing the tables up to date."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

pytestmark = pytest.mark.django_db(transaction=True)


def limit() -> str:
    """How long a statement may take."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_a_change_of_the_tables_may_take_its_time_and_nothing_else_may() -> None:
    before, limits = limit(), []

    def look(**kwargs: Any) -> None:
        limits.append(limit())

    sender = apps.get_app_config("polls")
    pre_migrate.connect(look, sender=sender)
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        pre_migrate.disconnect(look, sender=sender)
    assert (before, limits, limit()) == ("10s", ["0"], "10s")
