import django.contrib.postgres.fields
from django.db import migrations, models

from common.sql import load_function


class Migration(migrations.Migration):

    dependencies = [
        ('allocations', '0017_names_in_one_form'),
        ('transfers', '0008_notices_of_changes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='changerequest',
            name='needs',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('NEAR_START', 'close to the start of the event'), ('ABOVE_UNITS', 'more units than may move without it'), ('NAMED_CHANNEL', 'a channel whose transfers always need approval'), ('PARTNER_ASKS', 'a partner asks for more')], max_length=13), default=list, size=None, verbose_name='approval for'),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='needs',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('NEAR_START', 'close to the start of the event'), ('ABOVE_UNITS', 'more units than may move without it'), ('NAMED_CHANNEL', 'a channel whose transfers always need approval'), ('PARTNER_ASKS', 'a partner asks for more')], max_length=13), default=list, size=None, verbose_name='approval for'),
        ),
        migrations.AlterField(
            model_name='transferpolicy',
            name='always',
            field=models.ManyToManyField(blank=True, help_text='Channels of which nothing moves, to them or from them, without an approval.', related_name='+', to='allocations.saleschannel', verbose_name='always need approval'),
        ),
        load_function(__file__, "transfers_judge_taking"),
    ]
