from django.db import migrations

import workflows.sealing


def seal(apps, schema_editor):
    """What stands there in plain text becomes what the new fields read."""
    channels = apps.get_model("workflows", "Channel")
    for channel in channels.objects.all():
        channel.url = workflows.sealing.seal(channel.url)
        channel.secret = workflows.sealing.seal(channel.secret)
        channel.save(update_fields=["url", "secret"])


def unseal(apps, schema_editor):
    channels = apps.get_model("workflows", "Channel")
    for channel in channels.objects.all():
        channel.url = workflows.sealing.unseal(channel.url) or ""
        channel.secret = workflows.sealing.unseal(channel.secret) or ""
        channel.save(update_fields=["url", "secret"])


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_month")]

    operations = [
        # Before the fields change: here both are still plain text to the program.
        migrations.RunPython(seal, unseal),
        migrations.AlterField("channel", "url", workflows.sealing.SealedTextField()),
        migrations.AlterField("channel", "secret", workflows.sealing.SealedTextField(blank=True)),
    ]
