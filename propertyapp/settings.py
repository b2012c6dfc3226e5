"""Settings: everything comes from the environment, and `.env.example` explains each variable.

With no variables at all the product runs on this machine against the Docusign emulator: `make run` writes
the emulator's developer account into `var/local.env`, which is read below and never overrides a variable
that is already set.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import structlog
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.urls import reverse_lazy
from kombu import Queue

from leases import languages
from propertyapp.exposure import is_local_site

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
for env_file in (BASE_DIR / ".env", Path(env.str("LOCAL_ENV_FILE", default=str(BASE_DIR / "var" / "local.env")))):
    if env_file.is_file():
        env.read_env(env_file)

STATE_DIR = Path(env.str("STATE_DIR", default=str(BASE_DIR / "var")))

# --- Django -------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# A fixed key is harmless on a site of one's own; propertyapp.checks refuses it everywhere else.
LOCAL_SECRET_KEY = "for-this-machine-only-never-in-production-0123456789"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=LOCAL_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", urlsplit(PUBLIC_URL).hostname or "localhost"]
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
COMPANY_NAME = env.str("COMPANY_NAME", default="Juniper Property Management")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="leasing@juniper.example")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_structlog",
    "import_export",
    "phonenumber_field",
    "simple_history",
    "axes",
    "leases",
    "esign",
    "propertyapp",
]
MIDDLEWARE = [
    "propertyapp.client_address.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "propertyapp.not_found.PlainNotFound",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "propertyapp.sessions.StaffSessions",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "propertyapp.second_factor.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "propertyapp.headers.AnswerHeaders",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "propertyapp.sign_in.KnownDevices",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "propertyapp.urls"
WSGI_APPLICATION = "propertyapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "propertyapp.context.company",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "propertyapp.sign_in.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
LANGUAGES = languages.LANGUAGES
TIME_ZONE = env.str("TIME_ZONE", default="America/Los_Angeles")
USE_TZ = True
FORMAT_MODULE_PATH = "propertyapp.formats"
PHONENUMBER_DEFAULT_REGION = "US"

# Read first, since much of what follows depends on it: emulator | demo | production.
DOCUSIGN_ENVIRONMENT = env.str("DOCUSIGN_ENVIRONMENT", default="emulator")
# The hosts follow from it; only the emulator's come from the environment.
DOCUSIGN_OAUTH_BASE = env.str(
    "DOCUSIGN_OAUTH_BASE",
    default={
        "emulator": "http://127.0.0.1:8900",
        "demo": "https://account-d.docusign.com",
        "production": "https://account.docusign.com",
    }.get(DOCUSIGN_ENVIRONMENT, ""),
).rstrip("/")
LOCAL_SITE = is_local_site(DOCUSIGN_ENVIRONMENT, DOCUSIGN_OAUTH_BASE, PUBLIC_URL, ALLOWED_HOSTS)

# --- Database: SQLite tuned so that writers queue instead of failing, or any DATABASE_URL ---------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{STATE_DIR / 'propertyapp.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
# Opening a connection costs more than storing a webhook: they are kept, and looked at before they are used again.
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)

# --- Redis or Valkey: broker, shared budget and token cache -------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# --- Celery: one-id doorbells; the due time lives in the row, never in the message ----------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 5,
    "socket_timeout": 30,
    "retry_on_timeout": True,
    # A request must not hang on a dead broker: publishing gives up soon, and the sweeper enqueues it instead.
    "max_retries": 1,
    # A worker that serves several queues empties them in the order below: no backlog starves what comes before it.
    "queue_order_strategy": "priority",
}
# Queues by urgency. A worker serves all of them; `-Q people,docusign` has it serve some (docs/operating.md).
CELERY_TASK_QUEUES = [Queue(name) for name in ("ticks", "people", "docusign", "campaigns")]
CELERY_TASK_DEFAULT_QUEUE = "people"
CELERY_TASK_ROUTES = {
    "propertyapp.tasks.*": {"queue": "ticks"},
    "esign.tasks.sweep": {"queue": "ticks"},
    "esign.tasks.apply_waiting": {"queue": "docusign"},
    "esign.tasks.follow_up": {"queue": "docusign"},
    "esign.tasks.reconcile_envelopes": {"queue": "docusign"},
    "esign.tasks.check_stale_envelopes": {"queue": "docusign"},
    "esign.tasks.check_connect": {"queue": "docusign"},
    "esign.tasks.run_batch_rules": {"queue": "campaigns"},
    "esign.tasks.go_on_with_campaigns": {"queue": "campaigns"},
    "esign.tasks.plan_batch": {"queue": "people"},  # staff look at the page while it is planned
    "esign.tasks.prepare_batch_line": {"queue": "campaigns"},
    "esign.tasks.advance_bulk_send": {"queue": "campaigns"},
    "esign.tasks.anchor_evidence": {"queue": "campaigns"},
    "esign.tasks.forget_old": {"queue": "campaigns"},
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Opening a database connection costs more than a task's own queries. `propertyapp.celery` looks at it before each task.
CELERY_DB_REUSE_MAX = 1000
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "celerybeat-schedule")
# Beat only ticks; what is due, and when, is decided by rows.
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=30.0)
CELERY_BEAT_SCHEDULE = {
    "advance what is due": {
        "task": "esign.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "catch up with Docusign": {
        "task": "esign.tasks.reconcile_envelopes",
        "schedule": env.float("RECONCILE_SECONDS", default=900.0),
    },
    "ask after silent envelopes": {"task": "esign.tasks.check_stale_envelopes", "schedule": crontab(hour=3, minute=17)},
    "reminders of our portal": {
        "task": "esign.tasks.remind_by_schedule",
        "schedule": env.float("REMIND_SECONDS", default=900.0),
    },
    "leases by date": {
        "task": "leases.tasks.apply_calendar",
        "schedule": env.float("LEASE_CALENDAR_SECONDS", default=300.0),
    },
    "imports that lost their worker": {"task": "leases.tasks.sweep_imports", "schedule": 60.0},
    "batch rules": {"task": "esign.tasks.run_batch_rules", "schedule": env.float("BATCH_RULES_SECONDS", default=300.0)},
    "anchor the evidence": {"task": "esign.tasks.anchor_evidence", "schedule": crontab(minute=7)},
    "forget what is old": {"task": "esign.tasks.forget_old", "schedule": crontab(hour=4, minute=41)},
    "clear what is over": {"task": "propertyapp.tasks.clear_sessions", "schedule": crontab(hour=4, minute=23)},
    "worker heartbeat": {"task": "propertyapp.tasks.heartbeat", "schedule": 15.0, "options": {"expires": 15.0}},
}

# Days after which personal data goes that serves no purpose any more, by kind; 0 keeps it for ever.
RETENTION_DAYS = {
    "webhook_messages": env.int("RETAIN_WEBHOOK_MESSAGES_DAYS", default=180),
    "docusign_calls": env.int("RETAIN_DOCUSIGN_CALLS_DAYS", default=400),
    "mails": env.int("RETAIN_MAILS_DAYS", default=400),
    "document_openings": env.int("RETAIN_DOCUMENT_OPENINGS_DAYS", default=1100),
    "form_answers": env.int("RETAIN_FORM_ANSWERS_DAYS", default=400),
    "sign_in_tries": env.int("RETAIN_SIGN_IN_TRIES_DAYS", default=90),
}
# Whether tenants type a mailed code before they sign, or see more than the envelope of their link.
PORTAL_CODES = env.bool("PORTAL_CODES", default=True)
# How long former tenants may read their documents in the portal.
PORTAL_MONTHS_AFTER_LEASE = env.int("PORTAL_MONTHS_AFTER_LEASE", default=12)

# --- Docusign -----------------------------------------------------------------------------------------
DOCUSIGN_INTEGRATION_KEY = env.str("DOCUSIGN_INTEGRATION_KEY", default="")
DOCUSIGN_USER_ID = env.str("DOCUSIGN_USER_ID", default="")
DOCUSIGN_ACCOUNT_ID = env.str("DOCUSIGN_ACCOUNT_ID", default="")
DOCUSIGN_PRIVATE_KEY = env.str("DOCUSIGN_PRIVATE_KEY", default="", multiline=True)
DOCUSIGN_PRIVATE_KEY_FILE = env.str("DOCUSIGN_PRIVATE_KEY_FILE", default="")
DOCUSIGN_SECRET_KEY = env.str("DOCUSIGN_SECRET_KEY", default="")
# Signing in (docs/authentication.md): the key that follows while keys change, staff's own accounts, and what the
# site does at Docusign, from which the scopes follow.
DOCUSIGN_PRIVATE_KEY_NEXT = env.str("DOCUSIGN_PRIVATE_KEY_NEXT", default="", multiline=True)
DOCUSIGN_PRIVATE_KEY_FILE_NEXT = env.str("DOCUSIGN_PRIVATE_KEY_FILE_NEXT", default="")
DOCUSIGN_STAFF_GRANT = env.str("DOCUSIGN_STAFF_GRANT", default="confidential")
DOCUSIGN_PUBLIC_INTEGRATION_KEY = env.str("DOCUSIGN_PUBLIC_INTEGRATION_KEY", default="")
DOCUSIGN_STAY_CONNECTED = env.bool("DOCUSIGN_STAY_CONNECTED", default=True)
DOCUSIGN_FEATURES = env.list("DOCUSIGN_FEATURES", default=["signing"])
# end of signing in
DOCUSIGN_CONNECT_KEYS = env.list("DOCUSIGN_CONNECT_KEYS", default=[])
DOCUSIGN_CONNECT_URL = env.str("DOCUSIGN_CONNECT_URL", default=f"{PUBLIC_URL}/esign/connect/")
# Open envelopes and no message for so long: an alarm.
CONNECT_SILENT_HOURS = env.int("CONNECT_SILENT_HOURS", default=24)
# A claim outlives the longest call and the hard limit of a task (120 s), or two workers could hold one row.
DOCUSIGN_READ_SECONDS = env.int("DOCUSIGN_READ_SECONDS", default=60)
DISPATCH_CLAIM_SECONDS = env.int("DISPATCH_CLAIM_SECONDS", default=180)
# Docusign's answers say how many calls an hour the account has, all its apps together; 3,000 until one has said so.
# A number here is obeyed where it is lower. 0: as Docusign says.
DOCUSIGN_HOURLY_LIMIT = env.int("DOCUSIGN_HOURLY_LIMIT", default=0)
# Up to which part of the hour's calls, and of those in 30 seconds, campaigns may go. The rest is for people who wait.
CAMPAIGN_SHARE_OF_HOUR = env.float("CAMPAIGN_SHARE_OF_HOUR", default=0.85)
CAMPAIGN_SHARE_OF_BURST = env.float("CAMPAIGN_SHARE_OF_BURST", default=0.8)
# Envelopes that the account's plan allows in a calendar month; a connection may have a number of its own. 0: no cap.
DOCUSIGN_MONTHLY_ENVELOPES = env.int("DOCUSIGN_MONTHLY_ENVELOPES", default=0)
# A run of more leases is released by somebody else than who started it; 0: whatever its size, one person is enough.
CAMPAIGN_SECOND_PERSON_ABOVE = env.int("CAMPAIGN_SECOND_PERSON_ABOVE", default=0)
# A general notice to more leases goes by Docusign's Bulk Send, where it can; 0: never.
BULK_SEND_ABOVE = env.int("BULK_SEND_ABOVE", default=50)
DOCUSIGN_BURST_LIMIT = env.int("DOCUSIGN_BURST_LIMIT", default=500 if DOCUSIGN_ENVIRONMENT == "production" else 200)

# --- Files: contracts never lie under a public URL ------------------------------------------------------
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(STATE_DIR / "files"))
MEDIA_URL = ""
# Contracts, and everything else that a process of ours writes here, are for its own user alone.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
os.umask(0o077)
LEASE_PDF_ENGINE = env.str("LEASE_PDF_ENGINE", default="plutoprint")
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
# On a site of one's own the files are served from where they lie in the source.
WHITENOISE_USE_FINDERS = LOCAL_SITE
# Evidence: the key that signs it, Ed25519 in PEM (`openssl genpkey -algorithm ed25519`); public halves of earlier keys;
# and where anchors are kept, a place that who administers the database cannot write to.
EVIDENCE_KEY = env.str("EVIDENCE_KEY", default="", multiline=True)
EVIDENCE_OLD_PUBLIC_KEYS = env.list("EVIDENCE_OLD_PUBLIC_KEYS", default=[])
EVIDENCE_ANCHORS_ROOT = env.str("EVIDENCE_ANCHORS_ROOT", default=str(STATE_DIR / "anchors"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "anchors": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": EVIDENCE_ANCHORS_ROOT},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL_SITE
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

# --- Mail: in the local run every mail becomes a file that /portal/outbox/ shows ------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail://")
vars().update(EMAIL_CONFIG)
EMAIL_FILE_PATH = str(STATE_DIR / "mail")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{COMPANY_NAME} <{SUPPORT_EMAIL}>")

# --- Security -----------------------------------------------------------------------------------------
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Whose X-Forwarded-For is believed: addresses or networks, such as 10.0.0.0/8.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.1", "::1"] if BEHIND_PROXY else [])
SECURE_SSL_REDIRECT = not LOCAL_SITE
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # a load balancer asks over http, from inside
SECURE_HSTS_SECONDS = 0 if LOCAL_SITE else env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = not LOCAL_SITE
SECURE_HSTS_PRELOAD = not LOCAL_SITE
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL_SITE
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        # The portal's Sign button posts to us and is redirected to Docusign: browsers check that hop too.
        "form-action": [SELF, "https://*.docusign.net", "https://*.docusign.com"]
        + ([DOCUSIGN_OAUTH_BASE] if DOCUSIGN_ENVIRONMENT == "emulator" else []),
    },
}
# Staff have to have a second factor before they see anything; without this it is asked of those who have one.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=not LOCAL_SITE)
OTP_TOTP_ISSUER = COMPANY_NAME
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
# Failed sign-ins: the limits themselves stand in propertyapp.sign_in.
AXES_HANDLER = "propertyapp.sign_in.SignInLimits"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_CALLABLE = "propertyapp.sign_in.too_many_tries"
# propertyapp.client_address has put the caller there; ipware would believe six other headers too.
IPWARE_META_PRECEDENCE_ORDER = AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Logs: one line of structured text, JSON outside DEBUG ---------------------------------------------
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "propertyapp.redaction.RedactingFormatter",
            # Plain tracebacks: with rich installed, the others print every local variable, tokens among them.
            "processor": structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
            if DEBUG
            else structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso")],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django_structlog": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
        # Django gives this one a handler of its own with DEBUG on, which writes past the formatter.
        "django": {"handlers": [], "level": "INFO"},
        # Without this, runserver's lines go past the formatter, with the codes that come back from Docusign.
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
# Error reports and DEBUG pages show no variable that a function has declared sensitive.
DEFAULT_EXCEPTION_REPORTER_FILTER = "propertyapp.redaction.ReporterFilter"
DEFAULT_EXCEPTION_REPORTER = "propertyapp.redaction.Reporter"

UNFOLD = {
    "SITE_TITLE": COMPANY_NAME,
    "SITE_HEADER": COMPANY_NAME,
    "SITE_SUBHEADER": "Leasing office",
    "SITE_SYMBOL": "home_work",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "esign.admin.today.dashboard",
    "ACCOUNT": {
        "navigation": [
            {"title": "Recovery codes", "link": reverse_lazy("staff_recovery_codes")},
            {"title": "Security keys", "link": reverse_lazy("staff_security_keys")},
            {"title": "Where I am signed in", "link": reverse_lazy("staff_sessions")},
        ]
    },
    "SIDEBAR": {"show_search": True, "navigation": "esign.admin.navigation.navigation"},
}
