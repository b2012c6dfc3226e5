"""The WSGI application that gunicorn serves."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from propertyapp.redaction import scrub_handlers_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "propertyapp.settings")
application = get_wsgi_application()
# A worker and `migrate` look at these themselves; a web server would start with any settings.
scrub_handlers_of("gunicorn.error", "gunicorn.access")
call_command("check", tags=["docusign", "site"])
