"""The environment of bin/up and bin/manage: what says something to us or to the machine's programs, and nothing else.

Much else that a shell has left would reach into the parts: proxies, variables of libpq and uvicorn, another project's
settings. So both do the same in any shell.
"""

import os
from collections.abc import Iterable

#: Our variables, each also as NAME_FILE (.env.example says what they are for). ROLE is said to each part.
OURS = frozenset(
    {
        *("ALLOWED_HOSTS", "APPENDFSYNC_EVERYSEC", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "DATA_DIR", "DEBUG"),
        *("EMAIL_FROM", "EMAIL_URL", "FAULT_VOTE_DELAY_MS", "FAULT_VOTE_ERROR_RATE", "REQUIRE_SECOND_FACTOR"),
        *("HTTPS", "INSTANCE", "LOG_FORMAT", "LOG_LEVEL", "METRICS_TOKEN", "OPTION_A", "OPTION_B", "PULSE_FILE"),
        *("REDIS_HOST", "REDIS_PORT", "REDIS_URL", "RESULT_PORT", "RESULT_PROCESSES", "RESULT_URL", "SECRET_KEY"),
        *("SECRET_KEY_FALLBACKS", "SHOW_SERVER_NAME", "SITE_LOGO", "SITE_NAME", "TRUSTED_PROXIES", "VOTE_PORT"),
        *("VOTE_PROCESSES", "VOTE_RATE_LIMIT", "VOTE_URL", "WORKERS"),
    }
)
#: What programs of any kind need. PYTHONPATH is ours: bin/_environment sets it.
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
    """Take from this process's environment what is neither, and ours where it is empty: empty is not given."""
    for name in list(os.environ):
        is_ours = name.removesuffix("_FILE") in OURS
        if not (is_ours or name in _OF_THE_MACHINE or name.startswith("LC_")) or (is_ours and not os.environ[name]):
            del os.environ[name]


def without_ours(names: Iterable[str]) -> list[str]:
    """Return those of these names that are not our variables."""
    return [name for name in names if name.removesuffix("_FILE") not in OURS]
