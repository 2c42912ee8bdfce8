"""A real S3 by HTTP for tests, with one bucket; and files that are put into it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import httpx
import pytest


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Serve an S3 by HTTP, with one bucket."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        httpx.put(f"{url}/bucket", timeout=60).raise_for_status()
        yield url
    server.stop()


def put(s3: str, **files: str) -> None:
    """Put files into the bucket, by name."""
    for key, content in files.items():
        _client(s3).put_object(Bucket="bucket", Key=key, Body=content.encode())


def content(s3: str, key: str) -> str:
    """Return what a file of the bucket holds."""
    body: bytes = _client(s3).get_object(Bucket="bucket", Key=key)["Body"].read()
    return body.decode()


def keys(s3: str) -> list[str]:
    """Return the names of all files there."""
    listed = _client(s3).list_objects_v2(Bucket="bucket")
    return [each["Key"] for each in listed.get("Contents", [])]


@contextmanager
def failing(times: int) -> Iterator[None]:
    """Have the bucket answer so many questions about single files with an error, and then as ever."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    answer, left = DomainDispatcherApplication.__call__, [None] * times

    def fail(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        if left and environ["REQUEST_METHOD"] == "HEAD":
            left.pop()
            start_response("409 Conflict", [("Content-Length", "0")])
            return [b""]
        return answer(self, environ, start_response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DomainDispatcherApplication, "__call__", fail)
        yield
    assert not left, f"{len(left)} questions less were asked"


def _client(s3: str) -> Any:
    """Return what signs its requests: what is there already, nobody else replaces."""
    return boto3.client("s3", endpoint_url=s3)
