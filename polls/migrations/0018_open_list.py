from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0017_quiz'),
    ]

    operations = [
        migrations.AddField(
            model_name='choice',
            name='author',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='choice',
            name='entry_state',
            field=models.CharField(choices=[('shown', 'shown'), ('waiting', 'waiting for approval'), ('hidden', 'hidden'), ('merged', 'merged')], db_default='shown', default='shown', editable=False, max_length=8, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='choice',
            name='is_answered',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='answered'),
        ),
    ]
