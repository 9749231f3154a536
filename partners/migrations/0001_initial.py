import common.names
import django.contrib.postgres.fields
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # Of a database of before, in which this was the last one (docs/operations.md).
    replaces = [('partners', '0002_names_in_one_form')]

    dependencies = [
        ('allocations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to='allocations.saleschannel')),
                ('name', models.CharField(help_text='Where the key is used.', max_length=100, verbose_name='name')),
                ('prefix', models.CharField(editable=False, max_length=12, unique=True, verbose_name='prefix')),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('read', 'Read'), ('sell', 'Sell'), ('sync', 'Sync'), ('manage_webhooks', 'Manage webhooks')], max_length=20), default=list, size=None, verbose_name='scopes')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='issued')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='revoked')),
                ('last_used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
            ],
            options={
                'verbose_name': 'API key',
                'ordering': ('channel', '-created_at'),
                'constraints': [
                    models.CheckConstraint(condition=common.names.IsName(models.F('name')), name='apikey_name_normalized', violation_error_message='A name has single spaces, composed letters and no invisible characters.'),
                    models.CheckConstraint(condition=models.Q(('scopes__len__gte', 1), ('scopes__contained_by', ['read', 'sell', 'sync', 'manage_webhooks'])), name='api_key_scopes_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='HistoricalApiKey',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(help_text='Where the key is used.', max_length=100, verbose_name='name')),
                ('prefix', models.CharField(db_index=True, editable=False, max_length=12, verbose_name='prefix')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('read', 'Read'), ('sell', 'Sell'), ('sync', 'Sync'), ('manage_webhooks', 'Manage webhooks')], max_length=20), default=list, size=None, verbose_name='scopes')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='issued')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='revoked')),
                ('history_change_reason', models.TextField(null=True)),
                ('channel', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='allocations.saleschannel')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical API key',
                'verbose_name_plural': 'historical API keys',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
