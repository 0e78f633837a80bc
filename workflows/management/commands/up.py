"""Start web and worker together and keep them together."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cases import confinement
from permissions.roles import sync_roles
from workflows import jobs

STOP_SECONDS = 20
START_SECONDS = 60


class Command(BaseCommand):
    help = "Prepare the database, then run web and worker until Ctrl-C; both stop when one of them dies."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port; a taken one is passed over")
        parser.add_argument("--prepare", action="store_true", help="prepare the database and stop there")

    def handle(self, *, host, port, prepare, **options):
        self.prepare()
        if prepare:
            return
        free = _free_port(host, port)
        if free != port:
            self.stdout.write(f"Port {port} is taken; using {free}.")
        sys.exit(self.supervise(host, free))

    def prepare(self):
        """Bring database, rights and static files to what the code needs; quick when nothing changed."""
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        sync_roles()
        jobs.install_schedules()
        if settings.DEMO:
            call_command("load_demo", stdout=self.stdout)
        call_command("collectstatic", interactive=False, verbosity=0)

    def supervise(self, host, port):
        """Run both programs until a signal comes or one of them ends; return the exit code."""
        stop = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.append(True))
        children = [subprocess.Popen(command, preexec_fn=_own_session) for command in _commands(host, port)]
        announced = False
        started = time.monotonic()
        while not stop and all(child.poll() is None for child in children):
            if not announced and (announced := _answers(host, port)):
                self.announce(host, port)
            if not announced and time.monotonic() - started > START_SECONDS:
                self.stderr.write("The web process does not answer; see the lines above.")
                break
            time.sleep(0.2)
        _stop(children)
        if stop:
            self.stdout.write("Stopped.")
            return 0
        self.stderr.write("Web or worker ended by itself, so both were stopped; see the lines above.")
        return 1

    def announce(self, host, port):
        shown = "localhost" if host in {"0.0.0.0", "::"} else host
        self.stdout.write(
            self.style.SUCCESS(f"\nXiaohao is running: http://{shown}:{port}/   (Ctrl-C stops it)")
        )
        self.stdout.flush()


def _commands(host, port):
    web = ["-m", "gunicorn", "config.wsgi", "-b", f"{host}:{port}", "-w", "2", "--threads", "4"]
    return [
        [sys.executable, *web, "--log-level", "warning", "--no-control-socket"],
        [sys.executable, "manage.py", "qcluster"],
    ]


def _own_session():
    # A session of its own: Ctrl-C reaches only the supervisor, which then stops both in order. The death
    # signal (Linux) stops them too when the supervisor itself is killed.
    os.setsid()
    confinement.die_with_parent(signal.SIGTERM)


def _stop(children):
    for child in children:
        if child.poll() is None:
            child.terminate()
    end = time.monotonic() + STOP_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, end - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # the worker's own children, should it have left some


def _free_port(host, wanted):
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return port
    raise CommandError(f"No port between {wanted} and {wanted + 99} is free. Name another one with PORT=….")


def _answers(host, port):
    # Past any proxy of the environment: this asks only our own process.
    with suppress(URLError, OSError, ValueError):
        build_opener(ProxyHandler({})).open(f"http://{host}:{port}/login/", timeout=5).close()
        return True
    return False
