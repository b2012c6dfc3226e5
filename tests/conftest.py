"""What every test stands on: a scratch database, a real Redis, a real emulator, and nothing of this machine.

Environment variables and `.env` choose only the database (DATABASE_URL); everything else is set here, so that
a developer's running stack is never touched. Fixtures, in the order a test asks for more:

    (every test)   its own files, mails and an empty Redis; Docusign is nowhere
    tasks_at_once  Celery tasks run in the caller, as soon as they are enqueued
    emulator       a Docusign that is empty, as an `EmulatorClient`; calls it did not know fail the test
    site           the product on a port of its own, where the emulator's webhooks arrive
    worker         a real Celery worker in its own process
    new_visitor    a browser window for one person, with `.screenshot(name)`
"""

import os
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import DjangoDbBlocker, Settings
from pytest_django.live_server_helper import LiveServer

from esign.docusign.login import token_cache
from propertyapp.celery import app as celery_app
from propertyapp.local.broker import Broker
from propertyapp.local.environment import BASE_DIR
from propertyapp.local.processes import Child, Processes
from tests import stack
from tests.browser import launch_options
from tests.emulator_client import EmulatorClient
from tests.fresh_database import keep_fresh
from tests.stack import EmulatorServer

NOWHERE = "http://127.0.0.1:1"  # nothing listens there, so a forgotten `emulator` fixture fails at once
# `make test-fast`: no server is started, and tests that ask for one are left out.
FAST = os.environ.get("FAST") == "1"
SERVERS = {"broker", "emulator_server", "emulator", "site", "live_server", "worker", "browser"}

# A busy machine is no failure: examples have no deadline, and making them may take its time.
# The seed is fixed, so that a change is judged by the change; `make fuzz` draws new examples each time.
SLOW = [HealthCheck.too_slow]
hypothesis_settings.register_profile("fixed", deadline=None, suppress_health_check=SLOW, derandomize=True)
hypothesis_settings.register_profile("fast", hypothesis_settings.get_profile("fixed"), max_examples=20)
hypothesis_settings.register_profile("random", deadline=None, suppress_health_check=SLOW, print_blob=True)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "fast" if FAST else "fixed")
hypothesis_settings.load_profile(PROFILE)
FUZZ = PROFILE == "random"  # `make fuzz` draws as many as it takes; a seed that is fixed finds no more by them

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def pytest_configure(config: pytest.Config) -> None:
    """Before the test database is made: a file for SQLite, for a worker has to see the same rows."""
    # Playwright's event loop lives in the main thread, beside our synchronous database calls.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # Celery prefers this variable to its configuration, and a local stack's file may have set it.
    os.environ.pop("CELERY_BROKER_URL", None)
    for category in ("DeprecationWarning", "PendingDeprecationWarning", "RuntimeWarning", "UserWarning"):
        config.addinivalue_line("filterwarnings", f"error::{category}")
    # WeasyPrint's, on a machine without system fonts: our documents bring their own.
    config.addinivalue_line("filterwarnings", "ignore:No fonts configured:UserWarning")
    folder = TemporaryDirectory(prefix="propertyapp-test-")
    config.add_cleanup(folder.cleanup)
    # The real one takes a third of a second for each password, and is Django's to test.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # WhiteNoise warns about a folder that is not there; the test servers find static files by themselves.
    django_settings.STATIC_ROOT = str(Path(folder.name) / "static")
    Path(django_settings.STATIC_ROOT).mkdir()
    database = django_settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database.setdefault("TEST", {})["NAME"] = str(Path(folder.name) / "test.sqlite3")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the fast layer, leave out what needs a server, a browser or its time."""
    if not FAST:
        return
    left_out = [item for item in items if _needs_servers(item)]
    items[:] = [item for item in items if item not in set(left_out)]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the walk over all addresses asked and was answered (tests/walk)."""
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {value}"
        for reports in terminalreporter.stats.values()
        for report in reports
        for key, value in getattr(report, "user_properties", [])
        if key == "walk" and getattr(report, "when", "") == "call"
    ]
    if lines:
        terminalreporter.section("Every address, by every kind of visitor")
        terminalreporter.write("\n".join(sorted(lines)) + "\n")


def _needs_servers(item: pytest.Item) -> bool:
    marked = any(item.get_closest_marker(name) for name in ("servers", "browser", "faults", "slow"))
    return marked or bool(SERVERS & set(getattr(item, "fixturenames", ())))


# --- the database: migrated once, then brought back to that after each test that commits -------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        put_back = keep_fresh()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: put_back())
        yield


# --- servers: one set for each xdist worker -------------------------------------------------------------


@pytest.fixture(scope="session")
def server_output() -> stack.Output:
    return stack.Output()


@pytest.fixture(scope="session")
def servers(server_output: stack.Output) -> Iterator[Processes]:
    with stack.processes(server_output) as running:
        yield running


@pytest.fixture(scope="session")
def broker(servers: Processes, tmp_path_factory: pytest.TempPathFactory) -> Broker:
    started = stack.start_redis(servers, tmp_path_factory.mktemp("redis"))
    celery_app.conf.update(broker_url=started.celery_url)
    return started


@pytest.fixture(scope="session")
def redis_url(broker: Broker) -> str:
    return broker.redis_url


@pytest.fixture(scope="session")
def emulator_server(servers: Processes, tmp_path_factory: pytest.TempPathFactory) -> EmulatorServer:
    return stack.start_docusign(servers, tmp_path_factory.mktemp("emulator"))


# --- every test -----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _own_world(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    settings.MEDIA_ROOT = str(tmp_path / "files")
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    anchors = {**settings.STORAGES["anchors"], "OPTIONS": {"location": str(tmp_path / "anchors")}}
    settings.STORAGES = {**settings.STORAGES, "anchors": anchors}
    settings.DOCUSIGN_ENVIRONMENT = "emulator"
    settings.DOCUSIGN_OAUTH_BASE = NOWHERE
    for name in ("INTEGRATION_KEY", "SECRET_KEY", "USER_ID", "ACCOUNT_ID", "PRIVATE_KEY", "PRIVATE_KEY_FILE"):
        setattr(settings, f"DOCUSIGN_{name}", "")
    settings.DOCUSIGN_CONNECT_KEYS = []
    settings.PUBLIC_URL = "http://testserver"
    settings.DOCUSIGN_CONNECT_URL = "http://testserver/esign/connect/"
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
    if FAST:
        settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    else:
        _use_broker(settings, request.getfixturevalue("broker"))
    token_cache.forget_own()


def _use_broker(settings: Settings, broker: Broker) -> None:
    settings.REDIS_URL = broker.redis_url
    settings.CELERY_BROKER_URL = broker.celery_url
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": broker.redis_url}
    }
    with redis.Redis.from_url(broker.redis_url) as client:
        client.flushall()


@pytest.fixture
def tasks_at_once() -> Iterator[None]:
    """Tasks run in the caller. In a plain `db` test wrap the action in `django_capture_on_commit_callbacks`."""
    celery_app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    celery_app.conf.update(task_always_eager=False, task_eager_propagates=False)


@pytest.fixture
def emulator(emulator_server: EmulatorServer, settings: Settings) -> Iterator[EmulatorClient]:
    account = emulator_server.credentials
    settings.DOCUSIGN_OAUTH_BASE = emulator_server.base_url
    settings.DOCUSIGN_INTEGRATION_KEY = account.integration_key
    settings.DOCUSIGN_SECRET_KEY = account.secret_key
    settings.DOCUSIGN_USER_ID = account.user_id
    settings.DOCUSIGN_ACCOUNT_ID = account.account_id
    settings.DOCUSIGN_PRIVATE_KEY_FILE = account.private_key_file
    settings.DOCUSIGN_CONNECT_KEYS = list(account.connect_keys)
    # Browsers follow the portal's Sign button there only when the page's policy names the place.
    policy: Any = deepcopy(django_settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(emulator_server.base_url)
    settings.CONTENT_SECURITY_POLICY = policy
    client = EmulatorClient(emulator_server.base_url)
    client.reset()
    yield client
    unknown = client.unhandled()
    client.reset()  # no message may arrive after the test
    assert not unknown, f"The emulator was asked what it does not know: {unknown}"


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    """The address of the product, answering from this process in threads."""
    settings.PUBLIC_URL = live_server.url
    settings.DOCUSIGN_CONNECT_URL = f"{live_server.url}/esign/connect/"
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return str(live_server.url)


@pytest.fixture
def worker(transactional_db: None, emulator: EmulatorClient, site: str, server_output: stack.Output) -> Iterator[Child]:
    """It sees the settings as they are now: ask for this fixture after changing any."""
    with stack.processes(server_output) as running:
        yield stack.start_worker(running)


# --- browser --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    try:
        return launch_options()
    except LookupError as none:
        pytest.skip(str(none))


@dataclass
class Visitor:
    """One person at their own browser, with cookies of their own."""

    page: Page
    folder: Path
    taken: int = 0

    def screenshot(self, name: str, *, phone: bool = False) -> Path:
        """Keeps the whole page as NN-name.png, at desktop or phone width, in var/screenshots/<test>/."""
        self.taken += 1
        path = self.folder / f"{self.taken:02}-{name}{'-phone' if phone else ''}.png"
        if phone:
            self.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        self.page.screenshot(path=path, full_page=True)
        if phone:
            self.page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
        return path


@pytest.fixture
def new_visitor(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[[], Visitor]]:
    folder = BASE_DIR / "var" / "screenshots" / re.sub(r"\W+", "-", request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    contexts: list[BrowserContext] = []

    def arrive() -> Visitor:
        context = browser.new_context(viewport={"width": DESKTOP["width"], "height": DESKTOP["height"]})
        contexts.append(context)
        return Visitor(context.new_page(), folder)

    yield arrive
    for context in contexts:
        context.close()
