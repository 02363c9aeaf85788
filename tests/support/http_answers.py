"""HTTP without a network: what every request is answered with."""

import pytest
import requests


def answer_http(
    monkeypatch: pytest.MonkeyPatch, body: bytes | str | Exception, status: int = 200
) -> list[requests.PreparedRequest]:
    """Give every HTTP request the same answer.

    Args:
        monkeypatch: takes it back after the test.
        body: the answer's content, or what is raised instead.
        status: of the answer.

    Returns:
        The requests, as they come.
    """
    asked: list[requests.PreparedRequest] = []

    def send(_: object, request: requests.PreparedRequest, **__: object) -> requests.Response:
        asked.append(request)
        if isinstance(body, Exception):
            raise body
        response = requests.Response()
        response.status_code = status
        response._content = body.encode() if isinstance(body, str) else body
        response.url = request.url or ""
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return asked
