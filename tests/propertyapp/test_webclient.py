"""The demonstration's browser does with a page what a person's would."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from propertyapp.local.webclient import UnexpectedPage, Visitor

PAGE = """<!doctype html><html><body><h1>Leases</h1>
<script>document.write('<a href="/trap">never seen</a>')</script>
<form method="post" action="/logout"><button>Sign out</button></form>
<form method="post" action="/act?x=1">
  <input type="hidden" name="token" value="abc">
  <select name="action">
    <option value="">Choose</option><option value="send_it">Send for <b>signature</b>…</option></select>
  <input type="checkbox" name="chosen" value="7"><input type="checkbox" name="chosen" value="8" checked>
  <textarea name="why">as agreed</textarea>
  <button name="go" value="1">Run it</button>
</form>
<p>See <a href="/leases/7/">lease <i>seven</i></a>.</p></body></html>"""


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(302)
            self.send_header("Set-Cookie", "visitor=known; Path=/")
            self.send_header("Location", "/list")
            self.end_headers()
        elif self.path == "/list":
            self._answer(200, PAGE)
        else:
            self._answer(404, "<p>There is no such page.</p>")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = "; ".join(f"{name}={','.join(values)}" for name, values in sorted(parse_qs(body).items()))
        self._answer(200, f"<p>{self.path} {self.headers.get('Cookie')} {fields}</p>")

    def _answer(self, status: int, html: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(html.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the tests say what went wrong."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_it_follows_redirects_and_keeps_cookies(address: str) -> None:
    visitor = Visitor()

    page = visitor.get(f"{address}/")
    answer = visitor.submit(page, page.form_with("Run it"))

    assert page.url == f"{address}/list"
    assert "visitor=known" in answer.text


def test_a_form_goes_out_as_it_stands_with_what_was_chosen_and_the_button_pressed(address: str) -> None:
    visitor = Visitor()
    page = visitor.get(f"{address}/list")
    form = page.form_with("action")
    send = form.choice("action", "send for signature")
    assert send is not None

    answer = visitor.submit(page, form, {"action": send.value}, press="Run it")

    assert "/act?x=1" in answer.text
    assert "action=send_it; chosen=8; go=1; token=abc; why=as agreed" in answer.text


def test_a_button_that_was_not_pressed_sends_nothing(address: str) -> None:
    visitor = Visitor()
    page = visitor.get(f"{address}/list")

    assert "go=" not in visitor.submit(page, page.form_with("Run it")).text


def test_what_a_script_would_write_is_no_text_and_no_link(address: str) -> None:
    page = Visitor().get(f"{address}/list")

    assert [(link.href, link.text) for link in page.links] == [("/leases/7/", "lease seven")]
    assert "never seen" not in page.text


def test_two_visitors_do_not_share_cookies(address: str) -> None:
    first, second = Visitor(), Visitor()
    first.get(f"{address}/")
    page = second.get(f"{address}/list")

    assert "visitor=known" not in second.submit(page, page.form_with("Run it")).text


def test_an_error_page_is_told_with_its_text(address: str) -> None:
    with pytest.raises(UnexpectedPage, match=r"answered 404: There is no such page\."):
        Visitor().get(f"{address}/nowhere")


def test_a_form_that_is_not_there_is_told_with_what_the_page_says(address: str) -> None:
    with pytest.raises(UnexpectedPage, match=r"no form with 'Void'.*Leases"):
        Visitor().get(f"{address}/list").form_with("Void")
