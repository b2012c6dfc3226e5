"""What every page may say about the company that runs this site."""

from django.conf import settings
from django.http import HttpRequest


def company(request: HttpRequest) -> dict[str, str]:
    return {"company_name": settings.COMPANY_NAME, "support_email": settings.SUPPORT_EMAIL}
