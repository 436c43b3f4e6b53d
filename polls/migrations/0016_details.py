from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0014_answers'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='details',
            field=models.JSONField(db_default={}, default=dict, editable=False, verbose_name='details'),
        ),
        migrations.AddField(
            model_name='choice',
            name='statement',
            field=models.CharField(db_default='', default='', editable=False, max_length=200, verbose_name='statement'),
        ),
    ]
