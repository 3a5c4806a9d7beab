"""``./run prepare``, ``serve`` and ``work`` on services of their own, followed as the operator's guide says."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import signal
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import openpyxl
import pyotp
import pytest

from tests.fixtures.deployment import SITE, Browser, Deployment, Page, eventually

PASSWORD = "a long enough phrase"
OPERATOR, ORGANIZER = "operator@example.test", "organizer@example.test"
DOCUMENT = b"%PDF-1.4 the form\n%%EOF\n"
ALL_THERE = {
    "status": "ok", "checks": {"database": True, "redis": True, "storage": True, "worker": True}, "dead_jobs": {},
}


@pytest.mark.timeout(900)
def test_a_deployment_from_the_first_command_to_the_last_signal(deployment: Deployment) -> None:
    deployment.run("prepare")
    web, work = deployment.start("serve"), deployment.start("work", "1")
    operator = _operator(deployment)
    assert json.loads(eventually(lambda: _ready(deployment)).text) == ALL_THERE
    assert operator.send("GET", "/en/", **{"X-Forwarded-Host": "elsewhere.example.test"}).status == 400
    programme = operator.form("/en/organizer/programmes/new", **{
        "code": "PRG", "name_en": "Xinshigu", "currency": "CNY", "budget_minor": "10,000,000", "zone": "Asia/Shanghai",
        "languages": "en", "themes-0-label_en": "Elder care", "themes-0-key": "",
    })
    assert programme == "/en/organizer/programmes/PRG/calls/new"
    organizer = _organizer(deployment)
    _publish(organizer)
    assert "Care signals" in deployment.browser().get("/en/calls/XSG-01").text
    _upload(deployment, organizer)
    assert _export(deployment, organizer)[0][:4] == ("call", "entry", "team", "native_name")
    verifying = deployment.start("flask", "opencall", "verify-log")
    _stop_workers_during_a_job(deployment, organizer, work)
    _stop_web_during_a_request(deployment, web)
    assert deployment.end(verifying, "flask").endswith("3 chains, 0 faults\n")
    for log in ("serve", "work"):
        lines = (deployment.folder / f"{log}.log").read_text().splitlines()
        assert [line for line in lines if not line.startswith("{")] == []
        assert not any(PASSWORD in line or "word" in line for line in lines)


def _ready(deployment: Deployment) -> Page | None:
    try:
        page = deployment.browser().get("/readyz")
    except OSError:
        return None
    return page if page.status == 200 else None


def _set_up_second_factor(browser: Browser) -> Browser:
    """What whoever has a role is led to before their pages open."""
    place = "/en/profile/second-factor"
    begun = browser.form(place, path=f"{place}/begin")
    secret = re.search(r'<code class="secret">(\w+)</code>', browser.get(begun).text)
    assert secret is not None
    answer = browser.post(place, code=pyotp.TOTP(secret[1]).now())
    assert (answer.status, len(re.findall(r"<code>[\w-]{14}</code>", answer.text))) == (200, 10)
    return browser


def _operator(deployment: Deployment) -> Browser:
    """An account from the command line, its password chosen at the printed link."""
    output = deployment.run("flask", "opencall", "add-person", OPERATOR, "Olu Operator", "--operator")
    eventually(lambda: _ready(deployment))
    browser, link = deployment.browser(), deployment.link_in(output)
    assert browser.form(link, password=PASSWORD) == f"/en/sign-in?email={OPERATOR}"
    needed = browser.form("/en/sign-in", email=OPERATOR, password=PASSWORD)
    assert needed == "/en/profile/second-factor?next=/en/organizer"
    assert browser.get("/en/organizer").headers["Location"] == "/en/profile/second-factor?next=/en/organizer"
    return _set_up_second_factor(browser)


def _organizer(deployment: Deployment) -> Browser:
    """Signs up, confirms by the mail that arrives, and is let in from the command line."""
    browser = deployment.browser()
    assert browser.get("/en/sign-up").status == 200
    answer = browser.post(
        "/en/sign-up", email=ORGANIZER, name="Ori Organizer", password=PASSWORD, locale="en", zone="Asia/Shanghai",
    )
    assert "We have sent a message" in answer.text
    adding = deployment.start("flask", "opencall", "add-organizer", "PRG", ORGANIZER)
    mail = eventually(lambda: deployment.relay.to(ORGANIZER))
    assert mail["From"] == f"Calls <calls@{SITE}>"
    assert mail["Message-ID"].endswith(f"@{SITE}>")
    assert browser.form(deployment.link_in(mail.get_payload(decode=True).decode()), password=PASSWORD) == "/en/"
    assert deployment.end(adding, "flask").endswith(f"{ORGANIZER} is organizer of PRG\n")
    return _set_up_second_factor(browser)


def _publish(organizer: Browser) -> None:
    begun = organizer.form("/en/organizer/programmes/PRG/calls/new", code="XSG-01", source="", title_en="Care")
    assert begun == "/en/organizer/calls/XSG-01/edit/texts"
    deadline, due = ((datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT18:00") for days in (30, 40))
    for version, (section, fields) in enumerate({
        "texts": {"title_en": "Care signals", "summary_en": "S", "owner_en": "O", "organiser_en": "D",
                  "problem_en": "P", "eligibility_en": "Firms"},
        "facts": {"theme": "elder_care", "contact": "a@example.test", "slots": "2", "budget_minor": "1,200,000",
                  "award_cap_minor": "", "min_trl": "6"},
        "dates": {"deadline_at": deadline, "pilot_days": "90"},
        "stages": {"stages-0-kind": "desk_review", "stages-0-carry": "nothing", "stages-0-advance": "decision",
                   "stages-0-due_at": due},
    }.items(), 1):
        organizer.form(f"/en/organizer/calls/XSG-01/edit/{section}", version=str(version), **fields)
    organizer.form("/en/organizer/calls/XSG-01/publish")


def _upload(deployment: Deployment, organizer: Browser) -> None:
    """Bytes go to the storage's own address; a worker checks them before anybody is offered the file."""
    base = "/en/organizer/calls/XSG-01/documents"
    organizer.get(base)

    def ask(path: str, **sent: object) -> dict[str, str]:
        answer = organizer.send("POST", path, json.dumps(sent), **{
            "Content-Type": "application/json", "X-CSRFToken": organizer.token,
        })
        assert answer.status in {200, 201}, answer.text
        return json.loads(answer.text)

    code = ask(base, filename="Form 表.pdf", size=len(DOCUMENT))["key"]
    checksum = base64.b64encode(hashlib.sha256(DOCUMENT).digest()).decode()
    address = ask(f"{base}/{code}/sign", partNumber=1, checksum=checksum)["url"]
    preflight = deployment.files("OPTIONS", address, **{
        "Origin": f"https://{SITE}", "Access-Control-Request-Method": "PUT",
    })
    assert preflight.headers["Access-Control-Allow-Origin"] == f"https://{SITE}"
    assert deployment.files("PUT", address, DOCUMENT, **{"x-amz-checksum-sha256": checksum}).status == 200
    ask(f"{base}/{code}/complete", parts=[{"PartNumber": 1, "ChecksumSHA256": checksum}], sha256=None)
    visitor = deployment.browser()
    eventually(lambda: "Form 表.pdf" in visitor.get("/en/calls/XSG-01").text)
    stored = deployment.files("GET", visitor.get(f"/en/calls/XSG-01/documents/{code}").headers["Location"])
    assert stored.data == DOCUMENT


def _ask_for_export(organizer: Browser) -> None:
    organizer.form("/en/organizer/programmes/PRG/exports", table="entries", format="xlsx", call="")


def _export(deployment: Deployment, organizer: Browser) -> list[tuple[object, ...]]:
    """A job in a worker, to its end."""
    _ask_for_export(organizer)
    page = eventually(lambda: re.search(
        r"/en/organizer/exports/\w+/download", organizer.get("/en/organizer/programmes/PRG/exports").text
    ))
    file = deployment.files("GET", organizer.get(page[0]).headers["Location"])
    return list(openpyxl.load_workbook(io.BytesIO(file.data)).worksheets[0].iter_rows(values_only=True))


def _stop_workers_during_a_job(
    deployment: Deployment, organizer: Browser, work: subprocess.Popen[bytes]
) -> None:
    """The job in hand is ended at its first attempt; the next one waits for another worker.

    Only an export of opened entries reads them; the site opens none before the deadline.
    """
    opened = "UPDATE call SET entries_opened_at = now() WHERE code = 'XSG-01' RETURNING code"
    assert deployment.rows(opened) == [("XSG-01",)]
    with deployment.locked("entry") as waiting:
        _ask_for_export(organizer)
        eventually(waiting)
        work.send_signal(signal.SIGTERM)
        _ask_for_export(organizer)
        with pytest.raises(subprocess.TimeoutExpired):
            work.wait(1)
    assert work.wait(30) == 0
    jobs = "SELECT state, attempt FROM outbox_job WHERE kind = 'exports.build' ORDER BY created_at"
    assert deployment.rows(jobs) == [("done", 1), ("done", 1), ("due", 0)]


def _stop_web_during_a_request(deployment: Deployment, web: subprocess.Popen[bytes]) -> None:
    """The request in hand is answered and kept; no other is taken."""
    browser, answers = deployment.browser(), list[Page]()
    browser.get("/en/sign-in")
    with deployment.locked("second_factor") as waiting:
        request = threading.Thread(
            target=lambda: answers.append(browser.post("/en/sign-in", email=ORGANIZER, password=PASSWORD))
        )
        request.start()
        eventually(waiting)
        web.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            web.wait(1)
    request.join()
    assert [answer.status for answer in answers] == [303]
    assert web.wait(30) == 0
    assert deployment.rows("SELECT count(*) FROM user_session") == [(2,)]
    with pytest.raises(OSError, match="refused"):
        browser.get("/healthz")
