from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0006_defaults_for_older_code'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='is_listed',
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text='If off, people need its code or its link to find it.',
                verbose_name='on the home page',
            ),
        ),
    ]
