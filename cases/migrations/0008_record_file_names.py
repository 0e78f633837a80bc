"""The names under which the files of a follow-up and of a look-back were handed in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_month")]

    operations = [
        migrations.AddField("followup", "file_names", models.JSONField(blank=True, default=dict)),
        migrations.AddField("lookbackitem", "file_names", models.JSONField(blank=True, default=dict)),
    ]
