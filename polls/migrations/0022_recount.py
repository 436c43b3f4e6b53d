from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0021_limits'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='may_be_checked',
            field=models.BooleanField(db_default=False, default=False, help_text='If on, anybody can recount the final poll, and voters can prove how they voted.', verbose_name='people may check the count'),
        ),
        migrations.CreateModel(
            name='BallotList',
            fields=[
                ('poll', models.OneToOneField(on_delete=models.deletion.CASCADE, primary_key=True, related_name='ballot_list', serialize=False, to='polls.poll')),
                ('version', models.PositiveBigIntegerField()),
                ('round', models.PositiveIntegerField()),
                ('ballots', models.PositiveIntegerField(default=0)),
                ('set_aside', models.PositiveIntegerField(default=0)),
                ('head', models.TextField()),
                ('commitment', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('earlier', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='BallotListPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('lines', models.TextField()),
                ('list', models.ForeignKey(db_index=False, on_delete=models.deletion.CASCADE, related_name='parts', to='polls.ballotlist')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('list', 'number'), name='one_part_per_number')],
            },
        ),
    ]
