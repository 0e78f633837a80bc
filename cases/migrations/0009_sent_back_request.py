"""A unit's head sends its request for verification back; the request stays readable and counts no more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_record_file_names")]

    operations = [
        migrations.AddField("signoff", "withdrawn_at", models.DateTimeField(blank=True, null=True)),
        migrations.RemoveConstraint("signoff", "sign_off_kind_legal"),
        migrations.RemoveConstraint("signoff", "sign_off_once"),
        migrations.AlterField(
            "signoff",
            "kind",
            models.CharField(
                choices=[
                    ("REQUEST", "Requested verification"),
                    ("SUBMIT", "Approved the request"),
                    ("RETURN", "Returned for rework"),
                    ("SEND_BACK", "Sent back to the handler"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            "signoff",
            models.CheckConstraint(
                condition=models.Q(kind__in=["REQUEST", "SUBMIT", "RETURN", "SEND_BACK"]),
                name="sign_off_kind_legal",
            ),
        ),
        migrations.AddConstraint(
            "signoff",
            models.UniqueConstraint(
                fields=["round", "attempt", "unit", "kind"],
                condition=models.Q(kind__in=["REQUEST", "SUBMIT"], withdrawn_at=None),
                name="sign_off_once",
            ),
        ),
    ]
