import django.core.validators
import django.db.models.deletion
import polls.models.polls
from django.conf import settings
from django.db import migrations, models


#: Polls and events share the space of codes. The lock lets two that are made at once with one code wait for each other.
_ONE_CODE = """
CREATE FUNCTION polls_one_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('polls.code'), hashtext(NEW.code));
  IF TG_TABLE_NAME = 'polls_poll' AND EXISTS (SELECT FROM polls_event WHERE code = NEW.code)
    OR TG_TABLE_NAME = 'polls_event' AND EXISTS (SELECT FROM polls_poll WHERE code = NEW.code)
  THEN
    RAISE unique_violation USING MESSAGE = 'The code ' || NEW.code || ' is taken.', CONSTRAINT = 'one_code';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER one_code BEFORE INSERT OR UPDATE OF code ON polls_poll
  FOR EACH ROW EXECUTE FUNCTION polls_one_code();
CREATE TRIGGER one_code BEFORE INSERT OR UPDATE OF code ON polls_event
  FOR EACH ROW EXECUTE FUNCTION polls_one_code();
"""
_MANY_CODES = """
DROP TRIGGER one_code ON polls_event;
DROP TRIGGER one_code ON polls_poll;
DROP FUNCTION polls_one_code();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('polls', '0014_answers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='poll',
            name='slug',
            field=models.SlugField(max_length=80, unique=True, validators=[django.core.validators.RegexValidator('^(new|events)\\Z', 'This address is taken by a page.', inverse_match=True)], verbose_name='slug'),
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('slug', models.SlugField(max_length=80, unique=True, validators=[django.core.validators.RegexValidator('^new\\Z', 'This address is taken by a page.', inverse_match=True)], verbose_name='slug')),
                ('code', models.CharField(default=polls.models.polls.new_code, editable=False, max_length=6, unique=True, verbose_name='code')),
                ('closes_last', models.BooleanField(default=True, help_text='If on, a poll that is put on closes the one that was on before.', verbose_name='the next poll closes the last')),
                ('self_paced', models.BooleanField(default=False, help_text='If on, people see a list of all open polls and go through it as they like.', verbose_name='self-paced')),
                ('is_on', models.BooleanField(default=False, editable=False, verbose_name='current poll is on')),
                ('version', models.PositiveBigIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('current', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='polls.poll', verbose_name='current poll')),
                ('hosts', models.ManyToManyField(blank=True, related_name='shared_events', to=settings.AUTH_USER_MODEL, verbose_name='hosts')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='own_events', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='EventPoll',
            fields=[
                ('poll', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='place', serialize=False, to='polls.poll', verbose_name='poll')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='polls.event', verbose_name='event')),
            ],
            options={
                'verbose_name': 'poll of an event',
                'verbose_name_plural': 'polls of an event',
                'ordering': ['position', 'poll_id'],
            },
        ),
        migrations.RunSQL(_ONE_CODE, _MANY_CODES),
    ]
