"""Docusign Connect's door: verify, store, 200. Everything else happens later, in a worker."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from esign.docusign.connect import UnreadableMessage, UnsignedMessage
from esign.sync import webhook_inbox
from esign.tasks import enqueue_inbox

logger = logging.getLogger(__name__)


@transaction.non_atomic_requests
@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def connect(request: HttpRequest) -> HttpResponse:
    """One Connect message. Docusign repeats whatever is not answered 2xx, so only what is stored gets a 200."""
    if request.method == "HEAD":
        return HttpResponse()
    try:
        delivery = webhook_inbox.receive(request.body, dict(request.headers))
    except RequestDataTooBig:
        return HttpResponse("The message is larger than we accept.", status=413)
    except UnsignedMessage:
        logger.warning("a Connect message without a valid signature was turned away")
        return HttpResponse("The signature does not match.", status=401)
    except UnreadableMessage as error:
        return HttpResponse(str(error), status=400)
    if delivery is not None:
        enqueue_inbox()
    return HttpResponse()
