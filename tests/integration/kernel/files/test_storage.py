"""Who may upload to the file store from a browser."""

from __future__ import annotations

import pytest
import urllib3
from flask import Flask

from competition.config import Settings
from competition.kernel.files import storage

ASKED = {
    "http://127.0.0.1:8000": "http://127.0.0.1:8000", "http://localhost:8000": "http://localhost:8000",
    "http://localhost:9000": None, "http://elsewhere.example.test": None,
}


def test_pages_of_both_names_of_this_machine_may_upload(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    usual: Settings = app.config["SETTINGS"]
    settings = usual.model_copy(update={
        "public_url": "http://127.0.0.1:8000", "s3_bucket": f"{usual.s3_bucket}-origins",
    })
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    with app.app_context():
        storage.ensure_bucket()
    url = f"{settings.s3_endpoint_url}/{settings.s3_bucket}/incoming/x"
    answers = {
        origin: urllib3.request("OPTIONS", url, headers={"Origin": origin, "Access-Control-Request-Method": "PUT"})
        for origin in ASKED
    }
    assert {origin: answer.headers.get("Access-Control-Allow-Origin") for origin, answer in answers.items()} == ASKED
