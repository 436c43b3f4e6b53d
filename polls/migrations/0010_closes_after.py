import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0009_networks'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='closes_after',
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text='Minutes that it stays open each time. They replace the time above.',
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(10080),
                ],
                verbose_name='closes after',
            ),
        ),
    ]
