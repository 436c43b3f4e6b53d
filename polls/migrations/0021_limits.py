import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0020_codes'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='slow_down_after',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Voters of one network within an hour, after whom further browsers do some work first. Empty: never.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)], verbose_name='slow down after'),
        ),
        migrations.AddField(
            model_name='poll',
            name='voters_per_minute',
            field=models.PositiveSmallIntegerField(blank=True, help_text='From one network. Empty: any number.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)], verbose_name='new voters a minute'),
        ),
    ]
