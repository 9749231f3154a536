"""Settings of what leaves the house: by which servers, and where to."""

from finlo_inventory import env

# An empty host: none is set up.
(
    EMAIL_HOST,
    EMAIL_PORT,
    EMAIL_HOST_USER,
    EMAIL_HOST_PASSWORD,
    EMAIL_USE_TLS,
    EMAIL_USE_SSL,
) = env.mail_server("FINLO_EMAIL_URL")
EMAIL_TIMEOUT = 10  # seconds for each step
EMAIL_BACKEND = (
    "common.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
)

SMS_API = env.url("FINLO_SMS_API", ("http", "https"), "https://api.twilio.com").rstrip("/")
SMS_ACCOUNT = env.text("FINLO_SMS_ACCOUNT", "")
SMS_TOKEN = env.text("FINLO_SMS_TOKEN", "")
SMS_FROM = env.text("FINLO_SMS_FROM", "")
# Names by which a provider takes the ids of a registered template; Twilio compares the text alone.
SMS_DLT_ENTITY = env.text("FINLO_SMS_DLT_ENTITY", "")
SMS_DLT_TEMPLATE = env.text("FINLO_SMS_DLT_TEMPLATE", "")

# Hosts with ports to which people may have messages sent although they are not public.
OUTBOUND_ALLOW = env.places("FINLO_OUTBOUND_ALLOW")
