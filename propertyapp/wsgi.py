"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from propertyapp.redaction import scrub_handlers_of
from propertyapp.start import refuse_dangerous_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "propertyapp.settings")
application = get_wsgi_application()
scrub_handlers_of("gunicorn.error", "gunicorn.access")
refuse_dangerous_settings()
