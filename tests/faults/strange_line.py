"""A line to Docusign on which others answer too: gateways, captive pages, and a Docusign that says odd things.

It passes every call on, and gives another answer where a test says so. Real HTTP on both sides.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import urllib3

NOT_PASSED_ON = {"transfer-encoding", "connection", "content-length", "content-encoding"}


@dataclass
class Saying:
    """What is answered instead: to calls of this method whose path holds `path`."""

    method: str
    path: str
    body: bytes
    status: int
    content_type: str
    times: int
    arrives: bool
    hits: int = 0

    def is_for(self, method: str, path: str) -> bool:
        return self.hits < self.times and method == self.method and self.path in path


@dataclass
class StrangeLine:
    """`url` stands for Docusign's own address."""

    docusign: str
    url: str = ""
    sayings: list[Saying] = field(default_factory=list)

    def say(
        self,
        method: str,
        path: str,
        answer: Any,
        *,
        status: int = 200,
        content_type: str = "application/json",
        times: int = 1,
        arrives: bool = True,
    ) -> Saying:
        """From now on: `answer`, text as it is or else as JSON. `arrives`: Docusign gets the call all the same."""
        body = answer if isinstance(answer, str) else json.dumps(answer)
        saying = Saying(method, path, body.encode(), status, content_type, times, arrives)
        self.sayings.append(saying)
        return saying


def _handler(line: StrangeLine) -> type[BaseHTTPRequestHandler]:
    pool = urllib3.PoolManager(retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            saying = next((one for one in line.sayings if one.is_for(self.command, self.path)), None)
            if saying is not None:
                saying.hits += 1
            if saying is None or saying.arrives:
                headers = {k: v for k, v in self.headers.items() if k.lower() not in NOT_PASSED_ON}
                answer = pool.request(
                    self.command, f"{line.docusign}{self.path}", body=body, headers=headers, decode_content=False
                )
                status, data = answer.status, answer.data
                told = {k: v for k, v in answer.headers.items() if k.lower() not in NOT_PASSED_ON}
            if saying is not None:
                status, data, told = saying.status, saying.body, {"Content-Type": saying.content_type}
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = pass_on  # the names that http.server looks for

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the emulator's journal tells what arrived."""

    return Handler


@contextmanager
def strange_line_to(docusign: str) -> Iterator[StrangeLine]:
    line = StrangeLine(docusign)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(line)) as server:
        server.daemon_threads = True
        line.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield line
        server.shutdown()
