"""Settings, read from the environment. docs/operations.md lists every variable."""

import json
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from common.database import Connection
from finlo_inventory import env
from finlo_inventory.outgoing import *  # noqa: F403 - settings by their names
from finlo_inventory.outgoing import EMAIL_HOST
from finlo_inventory.rest import API_REQUESTS_PER_SECOND, REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from finlo_inventory.secret_key import MIN_SECRET, kept_secret
from finlo_inventory.unfold import UNFOLD as UNFOLD  # noqa: PLC0414 - a setting by its name

BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = env.choice("FINLO_ENV", ("development", "test", "production"), "development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.flag("FINLO_DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("FINLO_DEBUG must be off when FINLO_ENV=production.")

STATE_DIR = Path(env.text("FINLO_STATE_DIR", str(BASE_DIR / "var")))

# In development each state directory has a secret of its own, which nobody can read in our source.
SECRET_KEY = (
    env.text("FINLO_SECRET_KEY", None if PRODUCTION else "")
    or kept_secret(STATE_DIR / "secret-key", "FINLO_SECRET_KEY")
)  # fmt: skip
if PRODUCTION and len(SECRET_KEY) < MIN_SECRET:
    raise ImproperlyConfigured(
        f"FINLO_SECRET_KEY must be a secret of at least {MIN_SECRET} characters when "
        "FINLO_ENV=production."
    )

# --- Addresses ---------------------------------------------------------------------------

WEB_HOST = env.text("FINLO_WEB_HOST", "127.0.0.1")
ONLY_THIS_MACHINE = WEB_HOST in {"localhost", "::1"} or WEB_HOST.startswith("127.")
WEB_PORT = env.whole_number("FINLO_WEB_PORT", 8000, minimum=1, maximum=65535)
LIVE_PORT = env.whole_number("FINLO_LIVE_PORT", 8001, minimum=1, maximum=65535)
# Where a browser finds /ws/. Empty: the page's own host at LIVE_PORT, without a proxy before us.
LIVE_URL = env.text("FINLO_LIVE_URL", "")

ALLOWED_HOSTS = env.words(
    "FINLO_ALLOWED_HOSTS", () if PRODUCTION else ("localhost", "127.0.0.1", "[::1]", "testserver")
)
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    # Without a name every request would be refused; with all names links could lead anywhere.
    raise ImproperlyConfigured(
        "FINLO_ALLOWED_HOSTS must name the hosts of the site when FINLO_ENV=production."
    )
CSRF_TRUSTED_ORIGINS = env.words("FINLO_TRUSTED_ORIGINS")

# The address of the site, in links of messages.
PUBLIC_URL = env.url(
    "FINLO_PUBLIC_URL",
    ("http", "https"),
    f"http://{f'[{WEB_HOST}]' if ':' in WEB_HOST else WEB_HOST}:{WEB_PORT}",
).rstrip("/")

# --- What a running `manage.py serve` has written down ---------------------------------------


def _embedded(name: str) -> str | None:
    """The address that a running `manage.py serve` has written down, if there is one."""
    try:
        addresses = json.loads((STATE_DIR / "addresses.json").read_text())
    except (OSError, ValueError):
        return None
    return str(addresses[name]) if name in addresses else None


DATABASE_URL = env.url(
    "DATABASE_URL",
    ("postgresql", "postgres"),
    _embedded("DATABASE_URL") or "postgresql://finlo@localhost:5432/finlo",
)
REDIS_URL = env.url(
    "REDIS_URL", ("redis", "rediss", "unix"), _embedded("REDIS_URL") or "redis://localhost:6379/0"
)

# More than about eight transactions at once on one hot row only make it slower (docs/ledger.md).
# The pool of one web process is the bound on its share of them, and there are two processes.
DATABASE_POOL_SIZE = env.whole_number("FINLO_DATABASE_POOL_SIZE", 4, minimum=1, maximum=100)
LOCK_TIMEOUT_MS = env.whole_number("FINLO_LOCK_TIMEOUT_MS", 5_000, minimum=100, maximum=60_000)

DATABASES = {
    "default": {
        **env.database(DATABASE_URL),
        "CONN_HEALTH_CHECKS": True,
        # Nothing may outlive a transaction on the server: a pooler may stand in between (docs/operations.md).
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "pool": {
                "min_size": 1,
                # Two more than work at once: web answers operators beside all others, and what was turned away is
                # written beside them, too.
                "max_size": DATABASE_POOL_SIZE + 2,
                "timeout": 10,
                "connection_class": Connection,  # it bounds each wait for a lock
            },
            "application_name": "finlo",
            # A server that has vanished is noticed within a minute; one that is slow is waited for.
            # These are of our end of the connection, and no options that a pooler would drop.
            "connect_timeout": 5,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Applications ------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.simple_history",
    "backoffice.apps.SiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "simple_history",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "finlo_inventory",
    "accounts",
    "idempotency",
    "events",
    "allocations",
    "sales",
    "transfers",
    "offline",
    "alerts",
    "partners",
    "boxoffice",
    "planning",
    "golive",
    "backoffice",
    "exchange",
    "demo",
]

MIDDLEWARE = [
    "finlo_inventory.metrics.RequestMetrics",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.compression.CompressPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.language.SpeakTheirLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "backoffice.kit.csp.AdminContentSecurityPolicy",
    "simple_history.middleware.HistoryRequestMiddleware",
    "backoffice.kit.links.RememberReader",
    "axes.middleware.AxesMiddleware",
    "common.isolate.IsolateNames",
]

ROOT_URLCONF = "finlo_inventory.urls"
WSGI_APPLICATION = "finlo_inventory.wsgi.application"
ASGI_APPLICATION = "finlo_inventory.asgi.application"

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
                "common.live_address.for_templates",
            ],
        },
    }
]

# --- People ------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if ENVIRONMENT == "test"
    else [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
)
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

# Login throttling. The limit is by person and address together: an attacker locks nobody out who
# comes from another address. One by address alone, for all people there, is accounts.throttle's.
AXES_USERNAME_CALLABLE = "accounts.throttle.person_named"
AXES_HANDLER = "accounts.throttle.LoginThrottle"
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_address"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_VERBOSE = False

# --- Language and time -------------------------------------------------------------------

LANGUAGE_CODE = "en"
# A person chooses among these (accounts/language.py); the catalogs are described in docs/languages.md.
LANGUAGES = [("en", "English"), ("hi", "हिन्दी")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_I18N = True
FORMAT_MODULE_PATH = "finlo_inventory.formats"
USE_TZ = True

# --- Files -------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Security ----------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SECURE_SSL_REDIRECT = env.flag("FINLO_SSL_REDIRECT", default=PRODUCTION)
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
BEHIND_PROXY = env.flag("FINLO_BEHIND_PROXY", default=PRODUCTION)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "finlo_inventory.error_views.csrf_failed"
# One request body. The largest lawful one, a sync of 1,000 sales, stays well below it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# A request with files: more than the largest file that is taken, so that its page can say so. Set-up comes in
# files of 5 MB at most, sales in files of 25 MB.
LARGEST_SETUP_UPLOAD = 10_000_000
LARGEST_UPLOAD = 30_000_000
FILE_UPLOAD_HANDLERS = [
    "common.uploads.OnlyFromKnown",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# The longest form there is: a plan of 200 channels and 200 groups.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/admin/",),  # the admin has its own: backoffice.kit.csp
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],  # the board adds the live server for itself
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Channels and Celery: Redis, which may be lost -----------------------------------------

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "finlo"},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# No lawful task takes so long; one that hangs would hold its process for ever.
CELERY_TASK_TIME_LIMIT = int(timedelta(minutes=30).total_seconds())
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_connect_timeout": 2,
    # Who waits for tasks says nothing: a Redis that has vanished would never be noticed.
    "socket_keepalive": True,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Messages (finlo_inventory/outgoing.py) -------------------------------------------------

EMAIL_FROM = env.mail_address("FINLO_EMAIL_FROM", "" if PRODUCTION else "finlo@localhost")
# Without a server a developer finds the mails as files. In production they wait for one.
EMAIL_CONFIGURED = not PRODUCTION or bool(EMAIL_HOST and EMAIL_FROM)
EMAIL_FILE_PATH = str(STATE_DIR / "mail")

# --- REST --------------------------------------------------------------------------------

API_PAGE_SIZE = 50

# --- Logging -----------------------------------------------------------------------------

LOG_LEVEL = env.choice("FINLO_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "no_tokens": {"()": "common.log_filter.WithoutTokens", "below": "/a/"},
        "said_once": {"()": "common.outage.SaidOnce"},
    },
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["no_tokens", "said_once"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # Every sign-in of a test is four lines, under which its failure is hard to find.
    "loggers": {"axes": {"level": "WARNING"}} if ENVIRONMENT == "test" else {},
}
