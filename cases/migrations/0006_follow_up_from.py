"""From which day a changed cadence counts, and why the office sent the report of a checkpoint back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_roads")]

    operations = [
        migrations.AddField("measure", "follow_up_from", models.DateField(blank=True, null=True)),
        migrations.AddField(
            "checkpoint", "refusal", models.TextField(blank=True, default=""), preserve_default=False
        ),
    ]
