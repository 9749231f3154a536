import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # Of a database of before, in which this was the last one (docs/operations.md).
    replaces = [('exchange', '0004_internal_note')]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('kind', models.CharField(choices=[('CSV', 'CSV'), ('XLSX', 'Excel workbook')], max_length=4, verbose_name='kind')),
                ('table', models.CharField(blank=True, help_text='Of a CSV file; empty: recognized by its columns.', max_length=20, verbose_name='what it holds')),
                ('content', models.BinaryField(null=True, verbose_name='content')),
                ('size', models.PositiveIntegerField(verbose_name='size')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='import_runs', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                ('state', models.CharField(choices=[('WAITING', 'Waiting to be checked'), ('CHECKING', 'Being checked'), ('READY', 'Ready to import'), ('REJECTED', 'Has problems'), ('QUEUED', 'Waiting to be imported'), ('IMPORTING', 'Being imported'), ('DONE', 'Imported'), ('FAILED', 'Failed'), ('DISCARDED', 'Discarded')], default='WAITING', max_length=9, verbose_name='state')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('internal_note', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='internal note')),
                ('message', models.TextField(blank=True, verbose_name='message')),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('new_rows', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('changed_rows', models.PositiveIntegerField(default=0, verbose_name='changed')),
                ('unchanged_rows', models.PositiveIntegerField(default=0, verbose_name='unchanged')),
                ('problem_count', models.PositiveIntegerField(default=0, verbose_name='problems')),
                ('problems', models.JSONField(default=list)),
                ('changes', models.JSONField(default=list)),
                ('at_once', models.JSONField(default=list)),
                ('results', models.JSONField(default=list)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('uploaded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='uploaded')),
                ('checked_at', models.DateTimeField(null=True, verbose_name='checked')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
            ],
            options={
                'verbose_name': 'import',
                'ordering': ('-pk',),
                'indexes': [
                    models.Index(condition=models.Q(('state__in', ['WAITING', 'CHECKING', 'QUEUED', 'IMPORTING'])), fields=['id'], name='import_run_to_work_on'),
                    models.Index(fields=['uploaded_by', '-id'], name='import_run_by_person'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['WAITING', 'CHECKING', 'READY', 'REJECTED', 'QUEUED', 'IMPORTING', 'DONE', 'FAILED', 'DISCARDED'])), name='import_run_state_known'),
                    models.CheckConstraint(condition=models.Q(('content__isnull', False), models.Q(('state__in', ['WAITING', 'CHECKING', 'QUEUED', 'IMPORTING']), _negated=True), _connector='OR'), name='import_run_has_its_file'),
                ],
            },
        ),
    ]
