import common.names
import datetime
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import events.models.moments
import events.models.venue
import simple_history.models
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # Of a database of before, in which this was the last one (docs/operations.md).
    replaces = [('events', '0013_minimum_and_maximum')]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # For searching parts of names. Trusted: the owner of the database may create it.
        TrigramExtension(),
        migrations.CreateModel(
            name='Commit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('EVENT', 'Event'), ('TRANSFER', 'Transfer'), ('ALERT', 'Alert')], max_length=8, verbose_name='kind')),
                ('target_id', models.BigIntegerField(verbose_name='target')),
                ('at', models.DateTimeField(verbose_name='committed')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['kind', 'at'], name='commit_by_moment')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'target_id'), name='commit_once_per_target')],
            },
        ),
        migrations.CreateModel(
            name='Venue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('slug', models.SlugField(unique=True, verbose_name='short name')),
                ('city', models.CharField(blank=True, max_length=100, verbose_name='city')),
                ('time_zone', models.CharField(default='Asia/Kolkata', help_text='IANA name, e.g. Asia/Kolkata. Days and sales windows follow it.', max_length=64, validators=[events.models.venue.validate_time_zone], verbose_name='time zone')),
                ('currency', models.CharField(default='INR', help_text='ISO 4217, e.g. INR.', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Three capital letters, as in ISO 4217.')], verbose_name='currency')),
            ],
            options={
                'ordering': ('name',),
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='venue_currency_is_iso_4217'),
                    models.CheckConstraint(condition=common.names.IsName(models.F('name')), name='venue_name_normalized', violation_error_message='A name has single spaces, composed letters and no invisible characters.'),
                    models.CheckConstraint(condition=common.names.IsName(models.F('city')), name='venue_city_normalized', violation_error_message='A name has single spaces, composed letters and no invisible characters.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='series', to='events.venue')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
            ],
            options={
                'verbose_name_plural': 'series',
                'ordering': ('name',),
                'constraints': [
                    models.UniqueConstraint(models.F('venue'), django.db.models.functions.text.Lower('name'), name='series_name_unique_in_venue'),
                    models.CheckConstraint(condition=common.names.IsName(models.F('name')), name='series_name_normalized', violation_error_message='A name has single spaces, composed letters and no invisible characters.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='events.venue')),
                ('series', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='events.series')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('status', models.CharField(choices=[('DRAFT', 'Draft'), ('ON_SALE', 'On sale'), ('PAUSED', 'Paused'), ('CLOSED', 'Closed'), ('CANCELLED', 'Cancelled')], default='DRAFT', max_length=12, verbose_name='status')),
                ('starts_at', models.DateTimeField(help_text='For an all-day event: midnight of its day at the venue.', validators=[events.models.moments.validate_moment], verbose_name='starts at')),
                ('ends_at', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='ends at')),
                ('all_day', models.BooleanField(default=False, verbose_name='all day')),
                ('opens_at', models.TimeField(blank=True, null=True, verbose_name='opens at')),
                ('closes_at', models.TimeField(blank=True, help_text='Past midnight when it is earlier than “opens at”: 18:00 to 02:00.', null=True, verbose_name='closes at')),
                ('sales_from', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='sales from')),
                ('sales_until', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='sales until')),
                ('stop_reason', models.CharField(blank=True, help_text='While this says why, no channel can start a sale for the event.', max_length=200, verbose_name='stop-sell reason')),
                ('config_version', models.BigIntegerField(default=1, editable=False)),
                ('modified_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='modified')),
            ],
            options={
                'ordering': ('starts_at', 'pk'),
                'permissions': (('cancel_event', 'Can cancel an event with its bookings'),),
                'indexes': [
                    models.Index(fields=['venue', 'starts_at'], name='event_by_venue_and_date'),
                    models.Index(fields=['status', 'starts_at'], name='event_by_status_and_date'),
                    models.Index(fields=['starts_at', 'id'], name='event_by_date'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='event_by_part_of_name'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='event_ends_after_it_starts'),
                    models.CheckConstraint(condition=models.Q(('all_day', False), models.Q(('closes_at__isnull', False), ('opens_at__isnull', False), models.Q(('closes_at__gt', models.F('opens_at')), ('closes_at__lt', models.F('opens_at')), _connector='OR')), _connector='OR'), name='event_all_day_has_opening_hours'),
                    models.CheckConstraint(condition=models.Q(('sales_from', None), ('sales_until', None), ('sales_until__gt', models.F('sales_from')), _connector='OR'), name='event_sales_window_in_order'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['DRAFT', 'ON_SALE', 'PAUSED', 'CLOSED', 'CANCELLED'])), name='event_status_known'),
                    models.CheckConstraint(condition=common.names.IsName(models.F('name')), name='event_name_normalized', violation_error_message='A name has single spaces, composed letters and no invisible characters.'),
                    models.CheckConstraint(condition=models.Q(models.Q(('starts_at', None), ('starts_at__range', (datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), _connector='OR'), models.Q(('ends_at', None), ('ends_at__range', (datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), _connector='OR'), models.Q(('sales_from', None), ('sales_from__range', (datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), _connector='OR'), models.Q(('sales_until', None), ('sales_until__range', (datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), _connector='OR')), name='event_dates_within_a_century'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Pool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pools', to='events.event')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('capacity', models.PositiveIntegerField(default=0, editable=False, verbose_name='capacity')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
            ],
            options={
                'ordering': ('event', 'position', 'pk'),
                'indexes': [
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='pool_by_part_of_name'),
                ],
                'constraints': [
                    models.UniqueConstraint(models.F('event'), django.db.models.functions.text.Lower('name'), name='pool_name_unique_in_event'),
                    models.CheckConstraint(condition=common.names.IsName(models.F('name')), name='pool_name_normalized', violation_error_message='A name has single spaces, composed letters and no invisible characters.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='events.event')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('STANDALONE', 'Standalone ticket'), ('BUNDLE', 'Bundle'), ('EARLY_BIRD', 'Early bird'), ('SAME_DAY', 'Same-day deal'), ('FAMILY_PACK', 'Family pack')], default='STANDALONE', max_length=12, verbose_name='kind')),
                ('unit_type', models.CharField(choices=[('ADULT', 'Adult'), ('YOUTH', 'Youth'), ('CHILD', 'Child'), ('INFANT', 'Infant'), ('FAMILY', 'Family'), ('SENIOR', 'Senior'), ('STUDENT', 'Student'), ('MILITARY', 'Military'), ('OTHER', 'Other')], default='ADULT', max_length=8, verbose_name='unit type')),
                ('limit', models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name='limit')),
                ('min_per_booking', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name='minimum per booking')),
                ('max_per_booking', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='maximum per booking')),
                ('sales_from', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='sales from')),
                ('sales_until', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='sales until')),
                ('stop_reason', models.CharField(blank=True, help_text='While this says why, no channel can start a sale of the item.', max_length=200, verbose_name='stop-sell reason')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
            ],
            options={
                'ordering': ('event', 'position', 'pk'),
                'indexes': [
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='item_by_part_of_name'),
                ],
                'constraints': [
                    models.UniqueConstraint(models.F('event'), django.db.models.functions.text.Lower('name'), name='item_name_unique_in_event'),
                    models.CheckConstraint(condition=common.names.IsName(models.F('name')), name='item_name_normalized', violation_error_message='A name has single spaces, composed letters and no invisible characters.'),
                    models.CheckConstraint(condition=models.Q(('min_per_booking__gte', 1)), name='item_min_per_booking_positive'),
                    models.CheckConstraint(condition=models.Q(('max_per_booking', None), ('max_per_booking__gte', models.F('min_per_booking')), _connector='OR'), name='item_max_per_booking_reaches_min'),
                    models.CheckConstraint(condition=models.Q(('sales_from', None), ('sales_until', None), ('sales_until__gt', models.F('sales_from')), _connector='OR'), name='item_sales_window_in_order'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['STANDALONE', 'BUNDLE', 'EARLY_BIRD', 'SAME_DAY', 'FAMILY_PACK'])), name='item_kind_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('sales_from', None), ('sales_from__range', (datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), _connector='OR'), models.Q(('sales_until', None), ('sales_until__range', (datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), _connector='OR')), name='item_dates_within_a_century'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Component',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='components', to='events.item')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='components', to='events.pool')),
                ('units', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='units')),
            ],
            options={
                'ordering': ('item', 'pool'),
                'constraints': [
                    models.UniqueConstraint(fields=('item', 'pool'), name='component_pool_once_in_item'),
                    models.CheckConstraint(condition=models.Q(('units__gte', 1)), name='component_units_positive'),
                    models.CheckConstraint(condition=models.Q(('units__lte', 1000)), name='component_units_within_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='HistoricalVenue',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('slug', models.SlugField(verbose_name='short name')),
                ('city', models.CharField(blank=True, max_length=100, verbose_name='city')),
                ('time_zone', models.CharField(default='Asia/Kolkata', help_text='IANA name, e.g. Asia/Kolkata. Days and sales windows follow it.', max_length=64, validators=[events.models.venue.validate_time_zone], verbose_name='time zone')),
                ('currency', models.CharField(default='INR', help_text='ISO 4217, e.g. INR.', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Three capital letters, as in ISO 4217.')], verbose_name='currency')),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical venue',
                'verbose_name_plural': 'historical venues',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSeries',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('history_change_reason', models.TextField(null=True)),
                ('venue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.venue')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical series',
                'verbose_name_plural': 'historical series',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalEvent',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('status', models.CharField(choices=[('DRAFT', 'Draft'), ('ON_SALE', 'On sale'), ('PAUSED', 'Paused'), ('CLOSED', 'Closed'), ('CANCELLED', 'Cancelled')], default='DRAFT', max_length=12, verbose_name='status')),
                ('starts_at', models.DateTimeField(help_text='For an all-day event: midnight of its day at the venue.', validators=[events.models.moments.validate_moment], verbose_name='starts at')),
                ('ends_at', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='ends at')),
                ('all_day', models.BooleanField(default=False, verbose_name='all day')),
                ('opens_at', models.TimeField(blank=True, null=True, verbose_name='opens at')),
                ('closes_at', models.TimeField(blank=True, help_text='Past midnight when it is earlier than “opens at”: 18:00 to 02:00.', null=True, verbose_name='closes at')),
                ('sales_from', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='sales from')),
                ('sales_until', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='sales until')),
                ('stop_reason', models.CharField(blank=True, help_text='While this says why, no channel can start a sale for the event.', max_length=200, verbose_name='stop-sell reason')),
                ('history_change_reason', models.TextField(null=True)),
                ('venue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.venue')),
                ('series', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.series')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical event',
                'verbose_name_plural': 'historical events',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalPool',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('capacity', models.PositiveIntegerField(default=0, editable=False, verbose_name='capacity')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('history_change_reason', models.TextField(null=True)),
                ('event', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.event')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical pool',
                'verbose_name_plural': 'historical pools',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalItem',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('STANDALONE', 'Standalone ticket'), ('BUNDLE', 'Bundle'), ('EARLY_BIRD', 'Early bird'), ('SAME_DAY', 'Same-day deal'), ('FAMILY_PACK', 'Family pack')], default='STANDALONE', max_length=12, verbose_name='kind')),
                ('unit_type', models.CharField(choices=[('ADULT', 'Adult'), ('YOUTH', 'Youth'), ('CHILD', 'Child'), ('INFANT', 'Infant'), ('FAMILY', 'Family'), ('SENIOR', 'Senior'), ('STUDENT', 'Student'), ('MILITARY', 'Military'), ('OTHER', 'Other')], default='ADULT', max_length=8, verbose_name='unit type')),
                ('limit', models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name='limit')),
                ('min_per_booking', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name='minimum per booking')),
                ('max_per_booking', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='maximum per booking')),
                ('sales_from', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='sales from')),
                ('sales_until', models.DateTimeField(blank=True, null=True, validators=[events.models.moments.validate_moment], verbose_name='sales until')),
                ('stop_reason', models.CharField(blank=True, help_text='While this says why, no channel can start a sale of the item.', max_length=200, verbose_name='stop-sell reason')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('history_change_reason', models.TextField(null=True)),
                ('event', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.event')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical item',
                'verbose_name_plural': 'historical items',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalComponent',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('units', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='units')),
                ('history_change_reason', models.TextField(null=True)),
                ('item', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.item')),
                ('pool', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.pool')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical component',
                'verbose_name_plural': 'historical components',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name='item',
            name='pools',
            field=models.ManyToManyField(related_name='items', through='events.Component', to='events.pool'),
        ),
    ]
