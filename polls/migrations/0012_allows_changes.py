from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0011_kind'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='allows_changes',
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text='If off, the first vote of each voter stands. Fixed once the poll is opened.',
                verbose_name='voters may change their vote',
            ),
        ),
        migrations.AddField(
            model_name='tally',
            name='allows_changes',
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
