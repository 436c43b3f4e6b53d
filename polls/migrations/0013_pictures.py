from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0012_allows_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('content', models.BinaryField()),
                ('waits_until', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
            },
        ),
        migrations.AddField(
            model_name='choice',
            name='picture',
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=models.deletion.DO_NOTHING,
                related_name='choices',
                to='polls.picture',
                verbose_name='picture',
            ),
        ),
    ]
