from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0022_recount'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='embed_origins',
            field=models.JSONField(db_default=[], default=list, editable=False, verbose_name='sites that may show it in a frame'),
        ),
    ]
