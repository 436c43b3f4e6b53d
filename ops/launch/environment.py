"""The environment of bin/up and bin/manage: only our variables and those that programs in general need.

Other variables of a shell would change the parts: proxies, variables of libpq and uvicorn, another project's settings.
Without them both commands do the same in any shell.
"""

import os
from collections.abc import Iterable

#: Our variables, each also as NAME_FILE (.env.example explains them). bin/up sets ROLE for each part.
OURS = frozenset(
    {
        *("ALLOWED_HOSTS", "API_RATE_LIMIT", "APPENDFSYNC_EVERYSEC", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL"),
        *("DATABASE_VIA_PGBOUNCER", "DATA_DIR", "DEBUG", "DRILLS", "EMAIL_FROM", "EMAIL_URL"),
        *("FAULT_VOTE_DELAY_MS", "FAULT_VOTE_ERROR_RATE", "HTTPS"),
        *("INSTANCE", "LOG_FORMAT", "LOG_LEVEL", "METRICS_TOKEN", "OPTION_A", "OPTION_B", "PULSE_FILE", "REDIS_HOST"),
        *("REDIS_PORT", "REDIS_URL", "REQUIRE_SECOND_FACTOR", "RESULT_PORT", "RESULT_PROCESSES", "RESULT_URL"),
        *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "SHOW_SERVER_NAME", "SITE_LOGO", "SITE_NAME", "TRUSTED_PROXIES"),
        *("VOTE_PORT", "VOTE_PROCESSES", "VOTE_RATE_LIMIT", "VOTE_URL", "WORKERS"),
        *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"),
    }
)
#: Families of variables that are kept: of the language, and of OpenTelemetry, which needs one of ours to be on.
_FAMILIES = ("LC_", "OTEL_")
#: Variables that programs in general need. bin/_environment sets PYTHONPATH.
_OF_THE_MACHINE = frozenset(
    {
        *("COLORTERM", "COLUMNS", "DYLD_LIBRARY_PATH", "EDITOR", "FORCE_COLOR", "HOME", "LANG", "LANGUAGE"),
        *(
            "LD_LIBRARY_PATH",
            "LINES",
            "LOCPATH",
            "LOGNAME",
            "NO_COLOR",
            "PAGER",
            "PATH",
            "PYTHONDONTWRITEBYTECODE",
            "PYTHONPATH",
        ),
        *("SHELL", "SSL_CERT_DIR", "SSL_CERT_FILE", "TERM", "TMPDIR", "TZ", "USER", "VISUAL"),
    }
)


def clean() -> None:
    """Remove all other variables from this process's environment, and empty ones of ours: they count as not set."""
    for name in list(os.environ):
        is_ours = name.removesuffix("_FILE") in OURS
        if not (is_ours or name in _OF_THE_MACHINE or name.startswith(_FAMILIES)) or (is_ours and not os.environ[name]):
            del os.environ[name]


def without_ours(names: Iterable[str]) -> list[str]:
    """Return the names that are not our variables."""
    return [name for name in names if name.removesuffix("_FILE") not in OURS]
