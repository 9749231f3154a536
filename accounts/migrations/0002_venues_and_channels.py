import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What people have of the apps above; these refer to people themselves."""

    # Of a database of before, in which this was the last one (docs/operations.md).
    replaces = [('accounts', '0006_help_texts')]

    dependencies = [
        ('accounts', '0001_initial'),
        ('allocations', '0001_initial'),
        ('events', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='venues',
            field=models.ManyToManyField(blank=True, help_text='The venues this person works for and may see.', related_name='people', to='events.venue'),
        ),
        migrations.AddField(
            model_name='user',
            name='channels',
            field=models.ManyToManyField(blank=True, help_text='The channels through which this person holds, sells and confirms, if the role may sell. Where none of a venue is chosen: its physical channels, such as the box office.', related_name='sellers', to='allocations.saleschannel', verbose_name='sells through'),
        ),
        migrations.CreateModel(
            name='HistoricalUser_venues',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('venue', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.venue')),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.historicaluser')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'HistoricalUser_venues',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalUser_channels',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('saleschannel', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='allocations.saleschannel')),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.historicaluser')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'HistoricalUser_channels',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
