"""The HTTP of a power form; the rules are in `templates.power_forms`, the HTML in `pages`."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from docusign_emulator.pages import power_form
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.storage.store import Store
from docusign_emulator.templates import power_forms

PATH = "/Member/PowerFormSigning.aspx"


async def page(request: Request) -> Response:
    """GET: who are you? POST: the envelope is made, and the visitor goes on to sign or reads that a mail comes."""
    store: Store = request.app.state.store
    form_id = request.query_params.get("PowerFormId", "")
    given = {key: str(value) for key, value in (await request.form()).items()} if request.method == "POST" else {}

    def work() -> Response:
        try:
            with store.transaction():
                facts = power_forms.offered(store, form_id)
                if request.method != "POST":
                    return power_form.asking(facts, {}, "")
                at_once = power_forms.signs_at_once(store, form_id)
                _, first = power_forms.use(store, form_id, given)
        except power_forms.NotOffered as reason:
            return power_form.closed(str(reason))
        except ApiError as error:
            return power_form.asking(facts, given, error.message)
        if at_once:
            return RedirectResponse(f"/signing/mail?k={first.mail_key}", 303)
        return power_form.mailed(first.email)

    return await run_in_threadpool(work)


routes = [Route(PATH, page, methods=["GET", "POST"])]
