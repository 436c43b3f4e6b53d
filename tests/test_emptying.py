from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
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


def test_the_end_of_a_test_is_one_query(
    transactional_db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        TransactionTestCase()._fixture_teardown()  # type: ignore[attr-defined]
