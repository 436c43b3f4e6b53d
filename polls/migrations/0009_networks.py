from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0008_hosts_and_operators'),
    ]

    operations = [
        migrations.AddField(
            model_name='ballot',
            name='network',
            field=models.CharField(db_default='', default='', max_length=8, verbose_name='network'),
        ),
        migrations.AddField(
            model_name='ballot',
            name='is_set_aside',
            field=models.BooleanField(db_default=False, default=False, verbose_name='set aside'),
        ),
    ]
