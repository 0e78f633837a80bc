"""A PostgreSQL server for one test run: made in a temporary folder, gone afterwards."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    # Nothing of it outlives the run, so nothing need survive a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def server_programs() -> Path | None:
    """Return the folder with the newest installed ``initdb`` and ``pg_ctl``, or None."""
    folders = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda folder: float(folder.parent.name),
    )
    if folders:
        return folders[-1]
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def throw_away_cluster(programs: Path):
    """Start a server and yield its URL; stop it and remove its files in any case."""
    home = Path(tempfile.mkdtemp(prefix="xiaohao-pg-"))
    as_user = _other_user(home)
    password = secrets.token_hex(16)
    secret = home / "password"
    secret.write_text(password)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if as_user:
        shutil.chown(secret, as_user)

    def run(program, *arguments):
        _run([str(programs / program), *arguments], as_user=as_user, cwd=home, log=home / "commands.log")

    data = home / "data"
    try:
        run(
            "initdb", "-D", str(data), "-U", "xiaohao", "-A", "scram-sha-256", f"--pwfile={secret}",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        options = {**SETTINGS, "port": port, "unix_socket_directories": home}
        with (data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in options.items())
        run("pg_ctl", "-D", str(data), "-l", str(home / "server.log"), "-w", "-t", "60", "start")
        try:
            yield f"postgresql://xiaohao:{password}@127.0.0.1:{port}/postgres"
        finally:
            with suppress(subprocess.CalledProcessError):
                run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _other_user(home: Path) -> str | None:
    """PostgreSQL refuses to run as root; then hand the folder to somebody who owns nothing else here."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            pwd.getpwnam(name)
            shutil.chown(home, name)
            return name
    raise SystemExit("PostgreSQL does not run as root, and there is no user postgres or nobody to run it.")


def _run(command, *, as_user, cwd, log):
    options = {}
    if as_user:
        entry = pwd.getpwnam(as_user)
        options = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LC_ALL": "C.UTF-8"}
    with log.open("a") as file:
        done = subprocess.run(
            command, cwd=cwd, env=environment, stdout=file, stderr=file, check=False, **options
        )
    if done.returncode:
        print(log.read_text()[-2000:], flush=True)
        raise subprocess.CalledProcessError(done.returncode, command)
