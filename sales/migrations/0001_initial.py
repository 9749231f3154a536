import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import sales.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # Of a database of before, in which this was the last one (docs/operations.md).
    replaces = [('sales', '0009_contact_erasure')]

    dependencies = [
        ('allocations', '0001_initial'),
        ('events', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Booking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=sales.models.new_uuid, editable=False, unique=True, verbose_name='number')),
                ('event', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='events.event')),
                ('channel', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='allocations.saleschannel')),
                ('status', models.CharField(choices=[('ON_HOLD', 'On hold'), ('CONFIRMED', 'Confirmed'), ('EXPIRED', 'Expired'), ('CANCELLED', 'Cancelled')], max_length=9, verbose_name='status')),
                ('reference', models.CharField(blank=True, max_length=100, verbose_name='reference')),
                ('contact', models.JSONField(blank=True, null=True, verbose_name='contact')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='updated')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='expires')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='confirmed')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('due_on', models.DateField(null=True, verbose_name='payment due')),
                ('paid_at', models.DateTimeField(null=True, verbose_name='paid')),
                ('end_reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('api_key_id', models.BigIntegerField(null=True, verbose_name='API key')),
            ],
            options={
                'ordering': ('-pk',),
                'permissions': (('sell_booking', 'Can hold, sell and release'), ('refund_booking', 'Can refund'), ('settle_booking', 'Can mark as paid'), ('erase_booking', 'Can erase contacts')),
                'indexes': [
                    models.Index(fields=['channel', '-id'], name='booking_by_channel'),
                    models.Index(fields=['event', '-id'], name='booking_by_event'),
                    models.Index(condition=models.Q(('status', 'ON_HOLD')), fields=['expires_at'], name='booking_holds_by_expiry'),
                    models.Index(condition=models.Q(('status', 'CONFIRMED'), _negated=True), fields=['status', '-id'], name='booking_not_confirmed'),
                    models.Index(condition=models.Q(('confirmed_at__isnull', False)), fields=['confirmed_at'], name='booking_by_confirmation'),
                    models.Index(condition=models.Q(('due_on__isnull', False), ('paid_at__isnull', True), ('status', 'CONFIRMED')), fields=['due_on'], name='booking_unpaid_by_due_date'),
                    models.Index(models.F('channel'), django.contrib.postgres.indexes.OpClass('reference', name='varchar_pattern_ops'), condition=models.Q(('reference', ''), _negated=True), name='booking_by_reference'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('ended_at', None), ('expires_at__isnull', False), ('status', 'ON_HOLD')), models.Q(('confirmed_at__isnull', False), ('ended_at', None), ('expires_at', None), ('status', 'CONFIRMED')), models.Q(('confirmed_at', None), ('ended_at__isnull', False), ('status', 'EXPIRED')), models.Q(('ended_at__isnull', False), ('expires_at', None), ('status', 'CANCELLED')), _connector='OR'), name='booking_times_fit_status'),
                    models.CheckConstraint(condition=models.Q(('paid_at', None), ('due_on__isnull', False), _connector='OR'), name='booking_paid_where_due'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BookingLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('booking', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sales.booking')),
                ('number', models.PositiveSmallIntegerField(verbose_name='line')),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='booking_lines', to='events.item')),
                ('listing', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='booking_lines', to='allocations.listing')),
                ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='unit price')),
                ('refunded', models.PositiveIntegerField(default=0, verbose_name='refunded')),
            ],
            options={
                'ordering': ('booking', 'number'),
                'constraints': [
                    models.UniqueConstraint(fields=('booking', 'number'), name='booking_line_number_once'),
                    models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='booking_line_positive'),
                    models.CheckConstraint(condition=models.Q(('refunded__lte', models.F('quantity'))), name='booking_line_refunded_within'),
                    models.CheckConstraint(condition=models.Q(('unit_price__gte', 0)), name='booking_line_price_not_negative'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PaymentMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('booking', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_marks', to='sales.booking')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('is_paid', models.BooleanField(verbose_name='paid')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=24, verbose_name='amount')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='ContactErasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='events.venue', verbose_name='venue')),
                ('at', models.DateTimeField(verbose_name='erased')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('booking_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='bookings')),
                ('answers', models.PositiveIntegerField(default=0, verbose_name='stored answers without it')),
            ],
            options={
                'verbose_name': 'erasure of contacts',
                'verbose_name_plural': 'erasures of contacts',
                'ordering': ('-pk',),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('pk', models.CompositePrimaryKey('scope', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('scope', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=200)),
                ('fingerprint', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('body', models.TextField(default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['created_at'], name='idempotency_by_age')],
            },
        ),
        migrations.CreateModel(
            name='EventCancellation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cancellation', to='events.event')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='decided')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='settled')),
            ],
            options={
                'ordering': ('-pk',),
                'indexes': [
                    models.Index(condition=models.Q(('finished_at', None)), fields=['id'], name='cancellation_unfinished'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('finished_at', None), ('finished_at__gte', models.F('decided_at')), _connector='OR'), name='cancellation_finished_after_decided'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ChannelSettlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cancellation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='settlements', to='sales.eventcancellation')),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='allocations.saleschannel')),
                ('fate', models.CharField(choices=[('REFUND', 'Refund'), ('KEEP', 'Keep')], max_length=6, verbose_name='confirmed bookings')),
                ('holds', models.PositiveIntegerField(verbose_name='holds')),
                ('tickets_held', models.PositiveBigIntegerField(verbose_name='tickets on hold')),
                ('bookings', models.PositiveIntegerField(verbose_name='bookings')),
                ('tickets_sold', models.PositiveBigIntegerField(verbose_name='tickets sold')),
                ('money', models.DecimalField(decimal_places=2, max_digits=24, verbose_name='paid')),
                ('released', models.PositiveIntegerField(default=0, verbose_name='released')),
                ('refunded', models.PositiveIntegerField(default=0, verbose_name='refunded')),
            ],
            options={
                'ordering': ('cancellation', 'channel__kind', 'channel__name'),
                'constraints': [
                    models.UniqueConstraint(fields=('cancellation', 'channel'), name='settlement_once_per_channel'),
                    models.CheckConstraint(condition=models.Q(('fate__in', ['REFUND', 'KEEP'])), name='settlement_fate_known'),
                    models.CheckConstraint(condition=models.Q(('released__lte', models.F('holds'))), name='settlement_releases_what_was_held'),
                    models.CheckConstraint(condition=models.Q(('refunded', 0), models.Q(('fate', 'REFUND'), ('refunded__lte', models.F('bookings'))), _connector='OR'), name='settlement_refunds_what_was_decided'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LedgerCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='when')),
                ('differences', models.PositiveIntegerField(verbose_name='rows that differ')),
                ('lines', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
            ],
            options={
                'ordering': ('-pk',),
                'default_permissions': (),
            },
        ),
    ]
