"""Bringing the tables up to date."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField
from django.db.models.signals import pre_migrate

pytestmark = pytest.mark.django_db(transaction=True)


def limit() -> str:
    """How long a statement may take."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_only_a_change_of_the_tables_may_take_its_time() -> None:
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


@pytest.mark.parametrize("app", ["polls", "counter"])
def test_rows_of_older_code_are_taken_during_an_upgrade(app: str) -> None:
    """Older code names only the columns that it knows: Postgres must have a default for each later one."""
    later = [
        apps.get_model(app, operation.model_name)._meta.get_field(operation.name)
        for (of, _), migration in MigrationLoader(None).disk_migrations.items()
        if of == app
        for operation in migration.operations
        if isinstance(operation, AddField) and not operation.field.many_to_many
    ]
    assert [str(field) for field in later if not field.null and not field.has_db_default()] == []
