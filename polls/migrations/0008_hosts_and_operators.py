from typing import Any

from django.conf import settings
from django.db import migrations

PERMISSIONS = {"host_polls": "Can host polls", "operate": "Can see the running system and the totals of every poll"}
GROUPS = {"Hosts": ["host_polls"], "Operators": ["host_polls", "operate"]}


def make_groups(apps: Any, schema_editor: Any) -> None:
    """Whoever is staff keeps what they have: both groups."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="polls", model="poll")
    permissions = {
        codename: apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )[0]
        for codename, name in PERMISSIONS.items()
    }
    staff = apps.get_model("auth", "User").objects.filter(is_staff=True)
    for name, codenames in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*(permissions[codename] for codename in codenames))
        group.user_set.add(*staff)


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0007_listed'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='poll',
            options={
                'ordering': ['-created_at', '-id'],
                'permissions': (
                    ('host_polls', 'Can host polls'),
                    ('operate', 'Can see the running system and the totals of every poll'),
                ),
                'verbose_name': 'poll',
                'verbose_name_plural': 'polls',
            },
        ),
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
