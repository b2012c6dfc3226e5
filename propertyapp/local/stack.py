"""The stack: what is started, in which order, and what has to answer before the next."""

import re
import sys
from types import TracebackType
from typing import Self

import urllib3

from propertyapp.local import broker as brokers
from propertyapp.local import ports
from propertyapp.local.broker import Broker
from propertyapp.local.console import Console
from propertyapp.local.emulator import Credentials, start_emulator
from propertyapp.local.environment import BASE_DIR, RunDirectory, write_local_env
from propertyapp.local.errors import LocalError
from propertyapp.local.processes import LineSink, Processes

WORKER_PROCESSES = 2
WEB_THREADS = 8
# Celery says so at length, and rightly, to anyone who runs it as root; on a scratch machine root is all there is.
ROOT_WARNING = "You're running the worker with superuser privileges"


# Beat enqueues these all day long; that they ran is not worth a line, that one failed is.
TICKS = re.compile(r"Task esign\.tasks\.(sweep|heartbeat)\S* (received|succeeded)")


class Stack:
    """`with Stack(place, console) as stack: stack.start()`; nothing runs any more after the block."""

    def __init__(self, place: RunDirectory, console: Console, on_line: LineSink | None = None) -> None:
        self.place = place
        self.credentials: Credentials | None = None
        self._console = console
        self._env = place.environment()
        self.processes = Processes(without_ticks(on_line or console.process_line), cwd=BASE_DIR)

    def __enter__(self) -> Self:
        self.processes.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.processes.__exit__(kind, error, trace)

    @property
    def uses_emulator(self) -> bool:
        return self._env.get("DOCUSIGN_ENVIRONMENT", "emulator") == "emulator"

    def require_credentials(self) -> Credentials:
        """The emulator's account. Raises LocalError where there is no emulator."""
        if self.credentials is None:
            raise LocalError("This needs the Docusign emulator. Unset DOCUSIGN_ENVIRONMENT.")
        return self.credentials

    def start(self) -> None:
        """Raises LocalError with a sentence that says what to do."""
        self.require_ports()
        self.place.static_root.mkdir(parents=True, exist_ok=True)
        broker = self._start_broker()
        if self.uses_emulator:
            with self._console.step("Docusign emulator"):
                self.credentials = start_emulator(
                    self.processes, self.place.emulator_port, self.place.state_dir / "emulator", self._env
                )
        local = write_local_env(self.place, broker, self.credentials)
        self._env |= {name: value for name, value in local.items() if not self._env.get(name)}
        with self._console.step("Database"):
            command = [sys.executable, "-m", "propertyapp.local.database"]
            self.processes.run("database", [*command, *(["--demo-data"] if self.uses_emulator else [])], self._env)
        if not self.place.is_local:
            with self._console.step("Static files"):
                collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
                self.processes.run("static files", collect, self._env)
        with self._console.step("Web, worker and beat"):
            self._start_application()

    def require_ports(self) -> None:
        ports.require_free(self.place.web_port, purpose="the web site", variable="PORT")
        if self.uses_emulator:
            ports.require_free(self.place.emulator_port, purpose="the Docusign emulator", variable="EMULATOR_PORT")

    def _start_broker(self) -> Broker | None:
        """None when REDIS_URL names a server of the user's own."""
        url = self._env.get("REDIS_URL")
        if url:
            if not brokers.answers(url):
                raise LocalError("Nothing answers at REDIS_URL. Start that server, or unset REDIS_URL.")
            return None
        with self._console.step("Valkey"):
            return brokers.start_valkey(self.processes, self.place.state_dir / "valkey", self._env)

    def _start_application(self) -> None:
        python = [sys.executable, "-W", f"ignore:{ROOT_WARNING}"]
        celery = [*python, "-m", "celery", "--quiet", "--app", "propertyapp"]
        self.processes.start(
            "web",
            [
                *(*python, "-m", "gunicorn", "propertyapp.wsgi"),
                *("--bind", f"{ports.HOST}:{self.place.web_port}"),
                *("--workers", "1", "--threads", str(WEB_THREADS), "--log-level", "warning"),
            ],
            self._env,
        )
        worker = self.processes.start(
            "worker",
            [
                *(*celery, "worker", "--loglevel", "INFO", "--concurrency", str(WORKER_PROCESSES)),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            self._env,
        )
        self.processes.start("beat", [*celery, "beat", "--loglevel", "WARNING"], self._env)
        self.processes.wait_until(self._web_answers, "Starting the web server", timeout=60)
        self.processes.wait_until(worker.has_said("ready."), "Starting the worker", timeout=60)

    def _web_answers(self) -> bool:
        try:
            answer = urllib3.request("GET", f"{self.place.web_url}/healthz", timeout=5, retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200


def without_ticks(on_line: LineSink) -> LineSink:
    def pass_on(name: str, line: str) -> None:
        if not TICKS.search(line):
            on_line(name, line)

    return pass_on
