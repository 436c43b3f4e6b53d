"""The settings of the project. Those that differ between installations come from the environment (see .env.example).

Bad values stop the start, all named at once: the variable, its value and what is legal.
"""

import os
import sys
from pathlib import Path
from typing import Any

from environs import validate

from core.stores.running import ANYWHERE, RunningServers
from core.telemetry import otel
from core.web import bodies
from core.web.hosts import Hosts
from core.web.logos import Logo
from votingsite import logs, store_settings
from votingsite.environment import (
    COLLECTOR,
    DELAY_MS,
    FRACTION,
    PORT,
    BadEnvironment,
    Environment,
    MailServer,
    RedisAddress,
    redis_url,
)

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
# Variables of the shell with which libpq would override DATABASE_URL.
for _name in [name for name in os.environ if name.startswith("PG")]:
    del os.environ[_name]

# Where things are ----------------------------------------------------------------------------------------------------

DATA_DIR: Path = env.path("DATA_DIR", BASE_DIR / "var").absolute()
# The embedded servers of bin/up, unless DATABASE_URL and REDIS_URL name others.
_servers = RunningServers.read(DATA_DIR)

# The part that this process is: vote, result or worker; None for a command.
_ROLES = ["vote", "result", "worker"]
ROLE: str | None = env.word("ROLE", None, legal=_ROLES) or env.word("DOOR", None, legal=_ROLES)
_IS_WEB_SERVICE = ROLE in ("vote", "result")
VOTE_PORT: int = env.int("VOTE_PORT", _servers.vote_port, validate=PORT)
RESULT_PORT: int = env.int("RESULT_PORT", _servers.result_port, validate=PORT)
VOTE_URL: str | None = env.origin("VOTE_URL", None)
RESULT_URL: str | None = env.origin("RESULT_URL", None)
# Whether phones reach the services at any address of this machine (bin/up --host 0.0.0.0).
LISTENS_ANYWHERE: bool = _servers.host in ANYWHERE

# Cookies ignore ports: two systems under one host name need different cookie names.
_instance = validate.Regexp(r"[a-z0-9]{0,16}\Z", error="Must be up to 16 lower-case letters and digits.")
INSTANCE: str = env.str("INSTANCE", _servers.instance, validate=_instance)
_OF_THIS_INSTANCE = f"_{INSTANCE}" if INSTANCE else ""
SESSION_COOKIE_NAME = f"sessionid{_OF_THIS_INSTANCE}"
CSRF_COOKIE_NAME = f"csrftoken{_OF_THIS_INSTANCE}"
VOTER_COOKIE_NAME = f"voter{_OF_THIS_INSTANCE}"
TICKET_COOKIE_NAME = f"ticket{_OF_THIS_INSTANCE}"
BALLOT_COOKIE_NAME = f"ballot{_OF_THIS_INSTANCE}"
STAFF_PASS_COOKIE_NAME = f"pipeline_pass{_OF_THIS_INSTANCE}"

# Safety --------------------------------------------------------------------------------------------------------------

DEBUG: bool = env.switch("DEBUG", "off")
SECRET_KEY: str = env.str(
    "SECRET_KEY",
    _servers.secret_key,
    validate=validate.Length(32, error="Must be a secret of 32 characters or more; bin/up makes one by itself."),
)
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS: list[str] = Hosts(env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"]))
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", "")
VOTE_RATE_LIMIT: int | None = env.limit("VOTE_RATE_LIMIT", "off")  # votes per minute and address
API_RATE_LIMIT: int | None = env.limit("API_RATE_LIMIT", "600")  # other requests of the API, likewise

#: Whether pages name the process that answered, so that a class sees which of several did.
SHOW_SERVER_NAME: bool = env.switch("SHOW_SERVER_NAME", "off")

HTTPS: bool = env.switch("HTTPS", "off")
SECURE_SSL_REDIRECT = HTTPS
#: Probes and Prometheus come without the proxy that speaks TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = bodies.LIMIT
# Files are pictures of a few megabytes, at a few addresses (votingsite/asgi.py): they stay in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = bodies.LARGE_LIMIT
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# The site ------------------------------------------------------------------------------------------------------------

# The name in the header and in titles, and a picture instead of our mark beside it.
_site_name = validate.Regexp(r"[^\x00-\x1f\x7f]{1,40}\Z", error="Must be a text of 1 to 40 characters on one line.")
SITE_NAME: str = env.str("SITE_NAME", "votingsite", validate=_site_name)
SITE_LOGO: Logo | None = env.logo("SITE_LOGO", None, beside=BASE_DIR)

# Set only by bin/up for its parts: superusers may break them from the pipeline page.
INSTRUCTOR: bool = env.switch("UP_CONTROL", "off")
# Whether they may also break them before an audience (polls.voting.live_drill); only where INSTRUCTOR is on.
DRILLS: bool = env.switch("DRILLS", "off")

# The project ---------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # It gives runserver ASGI and WebSockets. Other processes save Twisted's import: 0.2 s at each start.
    *(["daphne"] if "runserver" in sys.argv else []),  # first
    "inspection.apps.AdminConfig",  # django.contrib.admin, with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, after ours
    "channels",
    "django_rq",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "votingsite",
    "inspection",
    "accounts",  # after django-otp, whose devices the admin does not show
    "polls",
    "counter",
    "api",
    "workers",
    # The production image has neither drills nor load tests, nor the model.
    *(f"ops.{name}" for name in ("drill", "loadtest", "model") if (BASE_DIR / "ops" / name).is_dir()),
]
MIDDLEWARE = [
    "core.web.request_ids.name_requests",
    "django.middleware.security.SecurityMiddleware",
    "core.web.request_timing.measure",
    "core.web.csp.Middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.web.locale.Middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Deliberate faults, for demos of a bad version; refused with HTTPS.
FAULT_VOTE_ERROR_RATE: float = env.float("FAULT_VOTE_ERROR_RATE", 0, validate=FRACTION)
FAULT_VOTE_DELAY_MS: int = env.int("FAULT_VOTE_DELAY_MS", 0, validate=DELAY_MS)
if FAULT_VOTE_ERROR_RATE or FAULT_VOTE_DELAY_MS:
    MIDDLEWARE.append("core.web.faults.Middleware")
ROOT_URLCONF = "votingsite.urls"
ASGI_APPLICATION = "votingsite.asgi.application"
_LOADERS = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # In development they are read anew each time. (Django caches them even with DEBUG, since its runserver
            # notices changes.)
            "loaders": _LOADERS if DEBUG else [("django.template.loaders.cached.Loader", _LOADERS)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.web.origins.context",
            ],
            # Tags of the site's name and logo, on every page.
            "builtins": ["core.web.site"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CSRF_FAILURE_VIEW = "core.web.errors.csrf_failure"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
PASSWORD_RESET_TIMEOUT = 24 * 3600  # seconds that a link to choose a new password holds
REQUIRE_SECOND_FACTOR: bool = env.switch("REQUIRE_SECOND_FACTOR", "off")  # of operators
OTP_TOTP_ISSUER = "votingsite"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/host/"
LOGOUT_REDIRECT_URL = "home"

# Each under its own name: whoever looks for one may read no other.
LANGUAGES = [("en", "English"), ("es", "Español")]
LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE, LANGUAGE_COOKIE_SECURE = True, "Lax", HTTPS
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "votingsite.formats"
TIME_ZONE = "UTC"
USE_TZ = True
# It would also group the digits of ids in forms. Numbers for people are grouped where they are drawn.
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "votingsite.static.ModuleStorage"},
}

# Mail ----------------------------------------------------------------------------------------------------------------

#: The mail server; None: no mail is sent, and people pass links on themselves.
EMAIL_URL: MailServer | None = env.mail_server("EMAIL_URL", None)
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", "")
EMAIL_TIMEOUT = 5  # seconds
if EMAIL_URL:
    EMAIL_HOST, EMAIL_PORT = EMAIL_URL.host, EMAIL_URL.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL_URL.user, EMAIL_URL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_URL.starttls, EMAIL_URL.tls

# The seeded poll -----------------------------------------------------------------------------------------------------

_option = validate.Length(1, 200, error="Must be a text of 1 to 200 characters.")
OPTION_A: str = env.str("OPTION_A", "Cats", validate=_option)
OPTION_B: str = env.str("OPTION_B", "Dogs", validate=_option)

# What is known of each part ------------------------------------------------------------------------------------------

_token = validate.Length(16, error="Must be a secret of 16 characters or more.")
METRICS_TOKEN: str | None = env.str("METRICS_TOKEN", None, validate=_token)
# A worker answers no probes: it touches this file each second.
PULSE_FILE: Path | None = env.path("PULSE_FILE", None)

# OpenTelemetry: on where it has a collector and its packages are installed. All other variables OTEL_* are the SDK's.
OTEL_EXPORTER_OTLP_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "", validate=COLLECTOR)
OTEL_EXPORTER_OTLP_HEADERS: str = env.str("OTEL_EXPORTER_OTLP_HEADERS", "")
OTEL = bool(OTEL_EXPORTER_OTLP_ENDPOINT) and otel.is_installed()
if OTEL:
    MIDDLEWARE.insert(1, "core.web.request_spans.trace")

# Postgres ------------------------------------------------------------------------------------------------------------

# Whether DATABASE_URL is the address of PgBouncer in transaction mode.
DATABASE_VIA_PGBOUNCER: bool = env.switch("DATABASE_VIA_PGBOUNCER", "off")
_database = env.postgres("DATABASE_URL", _servers.part_databases.get(ROLE or "", _servers.database_url)) or {}
DATABASES: dict[str, dict[str, Any]] = {
    "default": store_settings.database(
        _database, ROLE, is_web_service=_IS_WEB_SERVICE, pgbouncer=DATABASE_VIA_PGBOUNCER
    )
}

# Redis ---------------------------------------------------------------------------------------------------------------

REDIS: RedisAddress = env.redis_url("REDIS_URL", None) or (
    RedisAddress(env.str("REDIS_HOST"), env.int("REDIS_PORT", 6379, validate=PORT))
    if os.environ.get("REDIS_HOST")
    else redis_url(_servers.part_redis.get(ROLE or "", _servers.redis_url))
)
REDIS_TIMEOUT = store_settings.REDIS_TIMEOUT
# Accepts that a crash of Redis loses the votes of its last two seconds, for hosts that offer nothing better.
APPENDFSYNC_EVERYSEC: bool = env.switch("APPENDFSYNC_EVERYSEC", "off")

RQ_QUEUES = {"default": store_settings.queue(REDIS, is_web_service=_IS_WEB_SERVICE)}
RQ = {"WORKER_CLASS": "workers.worker.TallyWorker", "JOB_CLASS": "workers.job.OurJob"}
RQ_SHOW_ADMIN_LINK = False

CHANNEL_LAYERS = {"default": store_settings.channel_layer(REDIS)}

# Logs ----------------------------------------------------------------------------------------------------------------

LOG_LEVEL: str = env.word("LOG_LEVEL", "info", legal=["debug", "info", "warning", "error"])
LOG_FORMAT: str = env.word("LOG_FORMAT", "line", legal=["line", "json"])
LOGGING = logs.configuration(LOG_LEVEL, LOG_FORMAT)

try:
    env.finish()
except BadEnvironment as bad:
    sys.exit(f"votingsite can't start.\n{bad}")
