from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoAssertNumQueries

from polls.lifecycle import transitions
from tests import emptying


def rows() -> dict[str, int]:
    """The number of rows of each table that has any."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    counts = {model._meta.label: model._default_manager.count() for model in models}
    return {label: count for label, count in counts.items() if count}


def test_nothing_but_what_migrating_makes_is_left(transactional_db: None) -> None:
    migrated = {"auth.Permission": Permission.objects.count(), "contenttypes.ContentType": ContentType.objects.count()}
    user = User.objects.create(username="ada")
    user.user_permissions.add(Permission.objects.all()[0])
    transitions.open_poll(transitions.create_poll(["Cats", "Dogs"], slug="pets", question="Which?").pk)
    assert rows().keys() > migrated.keys()

    emptying.empty()

    assert rows() == migrated


def test_a_large_table_is_emptied_too(transactional_db: None) -> None:
    poll_id = transitions.create_poll(["Cats", "Dogs"], slug="pets", question="Which?").pk
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO polls_ballot (poll_id, voter_key, cast_id, selections, counted_at)
            SELECT %s, gen_random_uuid(), gen_random_uuid(), '[]', now() FROM generate_series(1, 20000)""",
            [poll_id],
        )

    emptying.empty()

    assert rows().keys() == {"auth.Permission", "contenttypes.ContentType"}


def test_the_end_of_a_test_is_one_query(
    transactional_db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        TransactionTestCase()._fixture_teardown()  # type: ignore[attr-defined]
