from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0010_closes_after'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='kind',
            field=models.CharField(
                db_default='pick',
                default='pick',
                editable=False,
                max_length=20,
                verbose_name='kind',
            ),
        ),
    ]
