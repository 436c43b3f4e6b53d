from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0014_answers'),
    ]

    operations = [
        migrations.AddField(
            model_name='choice',
            name='is_right',
            field=models.BooleanField(db_default=False, default=False, verbose_name='right answer'),
        ),
        migrations.AddField(
            model_name='tally',
            name='right_ids',
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name='tally',
            name='right_voters',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
