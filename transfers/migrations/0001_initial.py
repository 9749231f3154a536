import common.names
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import sales.models
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # Of a database of before, in which this was the last one (docs/operations.md).
    replaces = [('transfers', '0015_refusal_of_a_nearer_date')]

    dependencies = [
        ('allocations', '0001_initial'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('events', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangeRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=sales.models.new_uuid, editable=False, unique=True, verbose_name='number')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='change_requests', to='events.event')),
                ('kind', models.CharField(choices=[('PLAN', 'Apply a plan'), ('DRAWING', 'Drawing terms'), ('LIMIT', 'Limit'), ('DATES', 'Another date')], max_length=7, verbose_name='kind')),
                ('subject', models.CharField(max_length=300, verbose_name='of')),
                ('content', models.JSONField(default=dict)),
                ('takes', models.CharField(max_length=500, verbose_name='what it takes')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('internal_note', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='internal note')),
                ('status', models.CharField(choices=[('REQUESTED', 'Waiting'), ('APPROVED', 'Approved'), ('EXECUTED', 'Executed'), ('REJECTED', 'Rejected'), ('CANCELLED', 'Withdrawn'), ('LAPSED', 'Lapsed'), ('FAILED', 'Failed'), ('TRIAL', 'Trial only')], default='REQUESTED', max_length=9, verbose_name='status')),
                ('needs', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('NEAR_START', 'close to the start of the event'), ('ABOVE_UNITS', 'more units than may move without it'), ('NAMED_CHANNEL', 'a channel whose transfers always need approval'), ('PARTNER_ASKS', 'a partner asks for more')], max_length=13), default=list, size=None, verbose_name='approval for')),
                ('four_eyes', models.BooleanField(default=True, verbose_name='four eyes')),
                ('requested_at', models.DateTimeField(verbose_name='requested')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('lapses_at', models.DateTimeField(verbose_name='lapses')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('failure', models.CharField(blank=True, max_length=500, verbose_name='failure')),
            ],
            options={
                'verbose_name': 'change that waits for an approval',
                'verbose_name_plural': 'changes that wait for an approval',
                'ordering': ('-pk',),
                'indexes': [
                    models.Index(condition=models.Q(('status', 'REQUESTED')), fields=['lapses_at'], name='changerequest_waiting'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='changerequest_has_a_reason'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_by', None), ('ended_at', None), ('status', 'REQUESTED')), models.Q(('decided_by__isnull', False), ('ended_at', None), ('status', 'APPROVED')), models.Q(('decided_by__isnull', False), ('ended_at__isnull', False), ('status__in', ('EXECUTED', 'REJECTED'))), models.Q(('ended_at__isnull', False), ('status__in', ('CANCELLED', 'LAPSED', 'FAILED'))), _connector='OR'), name='changerequest_decided_by_somebody'),
                    models.CheckConstraint(condition=models.Q(('four_eyes', False), ('decided_by', None), models.Q(('decided_by', models.F('requested_by')), _negated=True), ('status', 'REJECTED'), _connector='OR'), name='changerequest_seen_by_four_eyes'),
                    models.UniqueConstraint(condition=models.Q(('status', 'REQUESTED')), fields=('event', 'kind', 'subject'), name='changerequest_asked_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TransferPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='transfer_policy', to='events.venue')),
                ('event', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='transfer_policy', to='events.event')),
                ('approval_hours', models.PositiveIntegerField(db_default=48, default=48, help_text='From so many hours before the event on, each transfer needs an approval.', validators=[django.core.validators.MaxValueValidator(8784)], verbose_name='approval, hours before the start')),
                ('approval_above', models.PositiveIntegerField(blank=True, help_text='Counts what leaves a row within 24 hours, together. Empty: no number is too many.', null=True, verbose_name='approval above, units')),
                ('four_eyes', models.BooleanField(db_default=True, default=True, help_text='Whoever has asked, issued the key or wrote the rule that asks may not approve it.', verbose_name='four eyes')),
                ('lapse_hours', models.PositiveIntegerField(db_default=24, default=24, help_text='What nobody has decided by then lapses; at the latest when sales end.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(720)], verbose_name='lapses after, hours')),
                ('approvers', models.ManyToManyField(blank=True, help_text='Roles of which one is needed. None chosen: whoever may approve transfers.', related_name='+', to='auth.group', verbose_name='approved by')),
                ('always', models.ManyToManyField(blank=True, help_text='Nothing moves to or from these channels without an approval.', related_name='+', to='allocations.saleschannel', verbose_name='always need approval')),
                ('protected', models.ManyToManyField(blank=True, help_text='Channels from which nobody takes anything; they may offer some themselves.', related_name='+', to='allocations.saleschannel', verbose_name='protected')),
            ],
            options={
                'verbose_name': 'transfer policy',
                'verbose_name_plural': 'transfer policies',
                'ordering': ('venue', 'event'),
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('event', None), ('venue__isnull', False)), models.Q(('event__isnull', False), ('venue', None)), _connector='OR'), name='transferpolicy_of_venue_or_event'),
                    models.CheckConstraint(condition=models.Q(('lapse_hours__range', (1, 720)), ('approval_hours__range', (0, 8784))), name='transferpolicy_hours_in_range'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TransferRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transfer_rules', to='events.venue')),
                ('event', models.ForeignKey(blank=True, help_text='Empty: all events of the venue.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='transfer_rules', to='events.event')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_trial', models.BooleanField(default=False, help_text='Writes down what it would ask for, and asks for nothing.', verbose_name='on trial')),
                ('source_below', models.DecimalField(decimal_places=2, default=Decimal('30'), help_text="Of the source's own part.", max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='source sold below, percent')),
                ('target_at_least', models.DecimalField(decimal_places=2, default=Decimal('90'), help_text="Of the target's own part.", max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='target sold at least, percent')),
                ('starts_hours', models.PositiveIntegerField(blank=True, help_text='Empty: from the beginning of sales.', null=True, validators=[django.core.validators.MaxValueValidator(8784)], verbose_name='from, hours before the start')),
                ('stops_hours', models.PositiveIntegerField(default=0, help_text='0: until sales end.', validators=[django.core.validators.MaxValueValidator(8784)], verbose_name='until, hours before the start')),
                ('amount', models.CharField(choices=[('UNITS', 'A number of units'), ('PERCENT', 'A percentage of what the source has unsold'), ('EQUALIZE', 'So much that both have sold the same share')], default='EQUALIZE', max_length=8, verbose_name='how much')),
                ('value', models.PositiveIntegerField(blank=True, help_text='Empty where both are to have sold the same share.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='units or percent')),
                ('keeps', models.PositiveIntegerField(default=0, help_text='At least so many stay free.', verbose_name='source keeps, units')),
                ('max_per_run', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='maximum at once, units')),
                ('max_per_day', models.PositiveIntegerField(blank=True, help_text='Of one pool, by this rule.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='maximum in 24 hours, units')),
                ('cooldown_minutes', models.PositiveIntegerField(default=60, help_text='For so long nothing more is asked between the same two channels.', validators=[django.core.validators.MaxValueValidator(44640)], verbose_name='pause, minutes')),
                ('hysteresis', models.DecimalField(decimal_places=2, default=Decimal('10'), help_text='After a transfer one way, the way back needs both limits passed by so much more.', max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='extra for the way back, points')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('sources', models.ManyToManyField(blank=True, help_text='None chosen: any channel.', related_name='+', to='allocations.saleschannel')),
                ('targets', models.ManyToManyField(blank=True, help_text='None chosen: any channel.', related_name='+', to='allocations.saleschannel')),
            ],
            options={
                'verbose_name': 'transfer rule',
                'ordering': ('venue', 'name', 'pk'),
                'constraints': [
                    models.UniqueConstraint(models.F('venue'), models.F('event'), django.db.models.functions.text.Lower('name'), name='transferrule_name_once', nulls_distinct=False),
                    models.CheckConstraint(condition=common.names.IsName(models.F('name')), name='transferrule_name_normalized', violation_error_message='A name has single spaces, composed letters and no invisible characters.'),
                    models.CheckConstraint(condition=models.Q(('source_below__range', (0, 100)), ('target_at_least__range', (0, 100)), ('hysteresis__range', (0, 100))), name='transferrule_percents'),
                    models.CheckConstraint(condition=models.Q(('source_below__lt', models.F('target_at_least'))), name='transferrule_source_below_target'),
                    models.CheckConstraint(condition=models.Q(models.Q(('amount', 'EQUALIZE'), ('value', None)), models.Q(('amount', 'UNITS'), ('value__gte', 1), ('value__isnull', False)), models.Q(('amount', 'PERCENT'), ('value__isnull', False), ('value__range', (1, 100))), _connector='OR'), name='transferrule_amount_has_its_value'),
                    models.CheckConstraint(condition=models.Q(('starts_hours', None), ('starts_hours__gt', models.F('stops_hours')), _connector='OR'), name='transferrule_window_in_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='EventWatch',
            fields=[
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='transfer_watch', serialize=False, to='events.event')),
                ('stock_versions', models.BigIntegerField(default=-1)),
                ('looked_at', models.DateTimeField(null=True)),
                ('rebalanced_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='WorkflowSignOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='workflow_sign_offs', to='events.event')),
                ('text', models.TextField(verbose_name='text')),
                ('digest', models.CharField(max_length=64)),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed by')),
                ('at', models.DateTimeField(verbose_name='signed')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
            ],
            options={
                'verbose_name': 'sign-off of a transfer approval',
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=sales.models.new_uuid, editable=False, unique=True, verbose_name='number')),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='events.event')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='events.pool')),
                ('source', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='transfers_out', to='allocations.stock', verbose_name='from')),
                ('target', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='transfers_in', to='allocations.stock', verbose_name='to')),
                ('units', models.PositiveIntegerField(verbose_name='units')),
                ('up_to', models.BooleanField(default=False, help_text='Move as many of them as there are, if there are not that many any more.', verbose_name='or fewer')),
                ('moved', models.PositiveIntegerField(null=True, verbose_name='moved')),
                ('status', models.CharField(choices=[('REQUESTED', 'Waiting'), ('APPROVED', 'Approved'), ('EXECUTED', 'Executed'), ('REJECTED', 'Rejected'), ('CANCELLED', 'Withdrawn'), ('LAPSED', 'Lapsed'), ('FAILED', 'Failed'), ('TRIAL', 'Trial only')], default='REQUESTED', max_length=9, verbose_name='status')),
                ('origin', models.CharField(choices=[('PERSON', 'A person'), ('PARTNER', 'A partner'), ('RULE', 'A rule'), ('DYNAMIC', 'Dynamic plan')], max_length=7, verbose_name='asked by')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('needs', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('NEAR_START', 'close to the start of the event'), ('ABOVE_UNITS', 'more units than may move without it'), ('NAMED_CHANNEL', 'a channel whose transfers always need approval'), ('PARTNER_ASKS', 'a partner asks for more')], max_length=13), default=list, size=None, verbose_name='approval for')),
                ('four_eyes', models.BooleanField(default=True, verbose_name='four eyes')),
                ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='transfers', to='transfers.transferrule', verbose_name='rule')),
                ('rule_version', models.PositiveIntegerField(null=True, verbose_name='version of the rule')),
                ('requested_at', models.DateTimeField(verbose_name='requested')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('api_key_id', models.BigIntegerField(null=True, verbose_name='API key')),
                ('answerable', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asking_channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='allocations.saleschannel', verbose_name='partner')),
                ('lapses_at', models.DateTimeField(verbose_name='lapses')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('despite_stop', models.BooleanField(db_default=False, default=False, help_text='Who asked or approved knew that the target could not sell it.', verbose_name='although it cannot sell')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('failure', models.CharField(blank=True, max_length=300, verbose_name='failure')),
                ('evidence', models.JSONField(default=dict, verbose_name='when asked for')),
                ('outcome', models.JSONField(default=dict, verbose_name='when it ended')),
            ],
            options={
                'ordering': ('-pk',),
                'permissions': (('request_transfer', 'Can ask for transfers'), ('approve_transfer', 'Can approve transfers')),
                'indexes': [
                    models.Index(fields=['event', '-id'], name='transfer_by_event'),
                    models.Index(condition=models.Q(('status', 'REQUESTED')), fields=['lapses_at'], name='transfer_waiting'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('units__gte', 1)), name='transfer_moves_something'),
                    models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='transfer_between_two'),
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='transfer_has_a_reason'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('ended_at', None), ('status', 'REQUESTED')), models.Q(('decided_at__isnull', False), ('ended_at', None), ('status', 'APPROVED')), models.Q(('ended_at__isnull', False), ('status__in', ('EXECUTED', 'REJECTED', 'CANCELLED', 'LAPSED', 'FAILED', 'TRIAL'))), _connector='OR'), name='transfer_times_fit_status'),
                    models.CheckConstraint(condition=models.Q(models.Q(('status', 'EXECUTED'), _negated=True), ('needs', []), ('decided_by__isnull', False), _connector='OR'), name='transfer_executed_with_approval'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='transfer_decided_by_somebody'),
                    models.CheckConstraint(condition=models.Q(('four_eyes', False), ('decided_by', None), models.Q(models.Q(('requested_by', None), models.Q(('decided_by', models.F('requested_by')), _negated=True), _connector='OR'), models.Q(('answerable', None), models.Q(('decided_by', models.F('answerable')), _negated=True), _connector='OR')), _connector='OR'), name='transfer_seen_by_four_eyes'),
                    models.CheckConstraint(condition=models.Q(models.Q(('moved__gte', 1), ('moved__isnull', False), ('status', 'EXECUTED'), models.Q(('moved', models.F('units')), models.Q(('moved__lt', models.F('units')), ('up_to', True)), _connector='OR')), models.Q(models.Q(('status', 'EXECUTED'), _negated=True), ('moved', None)), _connector='OR'), name='transfer_moved_what_was_asked'),
                    models.CheckConstraint(condition=models.Q(('status', 'FAILED'), ('failure', ''), _connector='XOR'), name='transfer_failure_says_why'),
                    models.CheckConstraint(condition=models.Q(models.Q(('asking_channel__isnull', False), ('origin', 'PARTNER')), models.Q(models.Q(('origin', 'PARTNER'), _negated=True), ('asking_channel', None)), _connector='OR'), name='transfer_partner_is_named'),
                    models.UniqueConstraint(condition=models.Q(('origin__in', ('RULE', 'DYNAMIC')), ('status', 'REQUESTED')), fields=('source', 'target'), name='transfer_asked_once_automatically'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TransferStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('transfer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='transfers.transfer')),
                ('status', models.CharField(choices=[('REQUESTED', 'Waiting'), ('APPROVED', 'Approved'), ('EXECUTED', 'Executed'), ('REJECTED', 'Rejected'), ('CANCELLED', 'Withdrawn'), ('LAPSED', 'Lapsed'), ('FAILED', 'Failed'), ('TRIAL', 'Trial only')], max_length=9, verbose_name='status')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('api_key_id', models.BigIntegerField(null=True, verbose_name='API key')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('internal_note', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='internal note')),
            ],
            options={
                'ordering': ('pk',),
                'constraints': [models.UniqueConstraint(fields=('transfer', 'status'), name='transferstep_once')],
            },
        ),
        migrations.CreateModel(
            name='TransferNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='transfers.transferstep')),
                ('change', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='transfers.changerequest', verbose_name='change')),
                ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='allocations.saleschannel')),
                ('parts', models.JSONField(default=list)),
                ('audience', models.CharField(choices=[('APPROVERS', 'Approvers'), ('SOURCE', 'Partner that gives'), ('TARGET', 'Partner that gets')], max_length=9, verbose_name='to')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
            ],
            options={
                'ordering': ('pk',),
                'indexes': [
                    models.Index(condition=models.Q(('sent_at', None)), fields=['id'], name='transfernotice_unsent'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('step', 'audience'), name='transfernotice_once'),
                    models.UniqueConstraint(fields=('change', 'channel'), name='transfernotice_change_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('change', None), ('channel', None), ('step__isnull', False)), models.Q(('change__isnull', False), ('channel__isnull', False), ('step', None)), _connector='OR'), name='transfernotice_of_one_thing'),
                ],
            },
        ),
        migrations.CreateModel(
            name='FormerStart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='events.event')),
                ('starts_at', models.DateTimeField()),
                ('left_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='UnapprovedTaking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='events.event')),
                ('stock_id', models.BigIntegerField()),
                ('units', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['event', 'at'], name='taking_by_event_and_time')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalTransferPolicy',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('approval_hours', models.PositiveIntegerField(db_default=48, default=48, help_text='From so many hours before the event on, each transfer needs an approval.', validators=[django.core.validators.MaxValueValidator(8784)], verbose_name='approval, hours before the start')),
                ('approval_above', models.PositiveIntegerField(blank=True, help_text='Counts what leaves a row within 24 hours, together. Empty: no number is too many.', null=True, verbose_name='approval above, units')),
                ('four_eyes', models.BooleanField(db_default=True, default=True, help_text='Whoever has asked, issued the key or wrote the rule that asks may not approve it.', verbose_name='four eyes')),
                ('lapse_hours', models.PositiveIntegerField(db_default=24, default=24, help_text='What nobody has decided by then lapses; at the latest when sales end.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(720)], verbose_name='lapses after, hours')),
                ('history_change_reason', models.TextField(null=True)),
                ('venue', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.venue')),
                ('event', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.event')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical transfer policy',
                'verbose_name_plural': 'historical transfer policies',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTransferPolicy_protected',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('transferpolicy', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transfers.transferpolicy')),
                ('saleschannel', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='allocations.saleschannel')),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='transfers.historicaltransferpolicy')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'HistoricalTransferPolicy_protected',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTransferPolicy_always',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('transferpolicy', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transfers.transferpolicy')),
                ('saleschannel', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='allocations.saleschannel')),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='transfers.historicaltransferpolicy')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'HistoricalTransferPolicy_always',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTransferPolicy_approvers',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('transferpolicy', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transfers.transferpolicy')),
                ('group', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.group')),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='transfers.historicaltransferpolicy')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'HistoricalTransferPolicy_approvers',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTransferRule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_trial', models.BooleanField(default=False, help_text='Writes down what it would ask for, and asks for nothing.', verbose_name='on trial')),
                ('source_below', models.DecimalField(decimal_places=2, default=Decimal('30'), help_text="Of the source's own part.", max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='source sold below, percent')),
                ('target_at_least', models.DecimalField(decimal_places=2, default=Decimal('90'), help_text="Of the target's own part.", max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='target sold at least, percent')),
                ('starts_hours', models.PositiveIntegerField(blank=True, help_text='Empty: from the beginning of sales.', null=True, validators=[django.core.validators.MaxValueValidator(8784)], verbose_name='from, hours before the start')),
                ('stops_hours', models.PositiveIntegerField(default=0, help_text='0: until sales end.', validators=[django.core.validators.MaxValueValidator(8784)], verbose_name='until, hours before the start')),
                ('amount', models.CharField(choices=[('UNITS', 'A number of units'), ('PERCENT', 'A percentage of what the source has unsold'), ('EQUALIZE', 'So much that both have sold the same share')], default='EQUALIZE', max_length=8, verbose_name='how much')),
                ('value', models.PositiveIntegerField(blank=True, help_text='Empty where both are to have sold the same share.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='units or percent')),
                ('keeps', models.PositiveIntegerField(default=0, help_text='At least so many stay free.', verbose_name='source keeps, units')),
                ('max_per_run', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='maximum at once, units')),
                ('max_per_day', models.PositiveIntegerField(blank=True, help_text='Of one pool, by this rule.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='maximum in 24 hours, units')),
                ('cooldown_minutes', models.PositiveIntegerField(default=60, help_text='For so long nothing more is asked between the same two channels.', validators=[django.core.validators.MaxValueValidator(44640)], verbose_name='pause, minutes')),
                ('hysteresis', models.DecimalField(decimal_places=2, default=Decimal('10'), help_text='After a transfer one way, the way back needs both limits passed by so much more.', max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='extra for the way back, points')),
                ('history_change_reason', models.TextField(null=True)),
                ('venue', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.venue')),
                ('event', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: all events of the venue.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='events.event')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical transfer rule',
                'verbose_name_plural': 'historical transfer rules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTransferRule_sources',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('transferrule', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transfers.transferrule')),
                ('saleschannel', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='allocations.saleschannel')),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='transfers.historicaltransferrule')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'HistoricalTransferRule_sources',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTransferRule_targets',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('transferrule', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='transfers.transferrule')),
                ('saleschannel', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='allocations.saleschannel')),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='transfers.historicaltransferrule')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'HistoricalTransferRule_targets',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
