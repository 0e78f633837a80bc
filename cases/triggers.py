"""What the database itself refuses: touching the log, and moving an issued checkpoint's original date.

SQLite drops a table's triggers when a migration remakes it, so ``install`` runs after every migrate;
a system check (``manage.py check --database default``) proves them present.
"""

from contextlib import contextmanager

from django.core.checks import Error
from django.db import connections

NAMES = ("log_insert", "log_no_update", "log_no_delete", "checkpoint_original", "checkpoint_stays")

SQLITE = """
CREATE TRIGGER log_insert BEFORE INSERT ON cases_logentry BEGIN
  SELECT RAISE(ABORT, 'the log chain is broken') WHERE NEW.prev IS NOT (
    CASE WHEN NEW.sequence = 1 THEN printf('%.64c', '0')
    ELSE (SELECT hash FROM cases_logentry WHERE office_id = NEW.office_id AND sequence = NEW.sequence - 1) END);
  SELECT RAISE(ABORT, 'the log hash does not match') WHERE NEW.hash IS NOT SHA256(
    NEW.prev || '|' || NEW.office_id || '|' || NEW.sequence || '|' || NEW.at || '|' || COALESCE(NEW.actor_id, '')
    || '|' || NEW.act || '|' || NEW.object_type || '|' || NEW.object_id || '|' || SHA256(NEW.body));
END;
--
CREATE TRIGGER log_no_update BEFORE UPDATE ON cases_logentry BEGIN
  SELECT RAISE(ABORT, 'the log is only ever added to');
END;
--
CREATE TRIGGER log_no_delete BEFORE DELETE ON cases_logentry BEGIN
  SELECT RAISE(ABORT, 'the log is only ever added to');
END;
--
CREATE TRIGGER checkpoint_original BEFORE UPDATE OF original_due_on, measure_id ON cases_checkpoint
WHEN NEW.original_due_on IS NOT OLD.original_due_on OR NEW.measure_id IS NOT OLD.measure_id BEGIN
  SELECT RAISE(ABORT, 'the original date of an issued checkpoint stays')
  FROM cases_measure WHERE id = OLD.measure_id AND state <> 'DRAFT';
END;
--
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON cases_checkpoint BEGIN
  SELECT RAISE(ABORT, 'an issued checkpoint stays')
  FROM cases_measure WHERE id = OLD.measure_id AND state <> 'DRAFT';
END
"""

POSTGRESQL = """
CREATE OR REPLACE FUNCTION log_insert_f() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE h text; BEGIN
  IF NEW.sequence = 1 THEN h := repeat('0', 64);
  ELSE SELECT hash INTO h FROM cases_logentry WHERE office_id = NEW.office_id AND sequence = NEW.sequence - 1; END IF;
  IF h IS NULL OR NEW.prev IS DISTINCT FROM h THEN
    RAISE EXCEPTION 'the log chain is broken' USING ERRCODE = '23514'; END IF;
  IF NEW.hash IS DISTINCT FROM encode(sha256(convert_to(concat_ws('|', NEW.prev, NEW.office_id, NEW.sequence, NEW.at,
      coalesce(NEW.actor_id::text, ''), NEW.act, NEW.object_type, NEW.object_id,
      encode(sha256(convert_to(NEW.body, 'UTF8')), 'hex')), 'UTF8')), 'hex') THEN
    RAISE EXCEPTION 'the log hash does not match' USING ERRCODE = '23514'; END IF;
  RETURN NEW; END $$;
--
CREATE OR REPLACE FUNCTION log_refuse_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'the log is only ever added to' USING ERRCODE = '23514'; END $$;
--
CREATE OR REPLACE FUNCTION checkpoint_original_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM cases_measure WHERE id = OLD.measure_id AND state <> 'DRAFT') THEN
      RAISE EXCEPTION 'an issued checkpoint stays' USING ERRCODE = '23514'; END IF;
    RETURN OLD; END IF;
  IF (NEW.original_due_on, NEW.measure_id) IS DISTINCT FROM (OLD.original_due_on, OLD.measure_id) AND EXISTS (
      SELECT 1 FROM cases_measure WHERE id = OLD.measure_id AND state <> 'DRAFT') THEN
    RAISE EXCEPTION 'the original date of an issued checkpoint stays' USING ERRCODE = '23514'; END IF;
  RETURN NEW; END $$;
--
CREATE TRIGGER log_insert BEFORE INSERT ON cases_logentry FOR EACH ROW EXECUTE FUNCTION log_insert_f();
--
CREATE TRIGGER log_no_update BEFORE UPDATE OR DELETE ON cases_logentry FOR EACH ROW EXECUTE FUNCTION log_refuse_f();
--
CREATE TRIGGER log_no_delete BEFORE TRUNCATE ON cases_logentry FOR EACH STATEMENT EXECUTE FUNCTION log_refuse_f();
--
CREATE TRIGGER checkpoint_original BEFORE UPDATE ON cases_checkpoint
  FOR EACH ROW EXECUTE FUNCTION checkpoint_original_f();
--
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON cases_checkpoint
  FOR EACH ROW EXECUTE FUNCTION checkpoint_original_f()
"""

TABLES = dict.fromkeys(["checkpoint_original", "checkpoint_stays"], "cases_checkpoint")


def install(connection):
    """Put all triggers in place. May run any number of times."""
    drop(connection)
    script = SQLITE if connection.vendor == "sqlite" else POSTGRESQL
    with connection.cursor() as cursor:
        for statement in script.split("--\n"):
            cursor.execute(statement)


def drop(connection):
    """Take them away: only migrations' after-care and the test runner's own flush may do so."""
    with connection.cursor() as cursor:
        for name in NAMES:
            on = "" if connection.vendor == "sqlite" else f" ON {TABLES.get(name, 'cases_logentry')}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def present(connection):
    """The set of our triggers that the database has. One query."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        return {row[0] for row in cursor.fetchall()} & set(NAMES)


@contextmanager
def lifted(connection):
    drop(connection)
    try:
        yield
    finally:
        install(connection)


def install_after_migrate(sender, using, **kwargs):
    connection = connections[using]
    if "cases_logentry" in connection.introspection.table_names():
        install(connection)


def check_triggers(app_configs, databases, **kwargs):
    errors = []
    for alias in databases or []:
        connection = connections[alias]
        if "cases_logentry" not in connection.introspection.table_names():
            continue  # before the first migrate
        if missing := set(NAMES) - present(connection):
            errors.append(
                Error(
                    f"The database lacks the triggers {', '.join(sorted(missing))}, so the record could be changed.",
                    hint="Run manage.py migrate --skip-checks; it puts them back.",
                    id="cases.E001",
                )
            )
    return errors
