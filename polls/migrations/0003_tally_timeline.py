from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("polls", "0002_hosts"),
    ]

    operations = [
        migrations.AddField(
            model_name="tally",
            name="timeline",
            field=models.JSONField(default=dict),
        ),
    ]
