"""What the journey begins with: people, a draft call, three other entries; and the passing of time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask
from playwright.sync_api import Locator, Page
from sqlalchemy import select, update

from competition import create_app
from competition.accounts.models import User
from competition.calls.models import Call
from competition.calls.standard_rubric import CriterionDraft
from competition.config import Settings
from competition.extensions import db
from competition.kernel.data import transaction
from tests.factories.accounts import PASSWORD, client_of, make_user
from tests.factories.calls import make_call, make_programme
from tests.factories.entries import make_submitted, make_team
from tests.factories.judging import make_seat
from tests.fixtures.live_site import Site

CRITERIA = (
    CriterionDraft("fit", {"en": "Fit", "zh": "契合", "ko": "적합"}, {}, 60, step=100),
    CriterionDraft("ethics", {"en": "Ethics", "zh": "伦理", "ko": "윤리"}, {}, 40, step=100, gate=True),
)
JUDGES = 4


@dataclass(frozen=True)
class Stage:
    """The people by e-mail, and codes of what was made."""

    call_id: UUID
    call: str
    programme: str
    organizer: str
    lead: str
    judges: tuple[str, ...]
    others: dict[str, str]  # code of an entry → its team's name


@contextmanager
def connected(site: Site) -> Iterator[Flask]:
    """The site's own database, from this process."""
    app = create_app(Settings.model_validate({name.lower(): value for name, value in site.env.items()}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def set_up(site: Site, tag: str) -> Stage:
    """A draft call with everything filled in, a seated panel, and three entries already received."""
    now = datetime.now(UTC).replace(microsecond=0)
    with connected(site):
        organizer = make_user(f"organizer-{tag}@example.test", name="Olive Ordway")
        programme = make_programme(organizer, code=f"PRG-{tag}")
        call = make_call(
            programme, now=now, criteria=CRITERIA, state="draft", code=f"XSG-{tag}", slots=1, published_at=None,
            quorum=3, trim_from=5, pass_mark=60, tie_break=["fit", "untrimmed_mean", "lower_quote"], kpis=[],
            details={key: {"en": "Text.", "zh": "文字。", "ko": "글."} for key in ("problem", "eligibility", "site")},
        )
        lead = make_user(f"lead-{tag}@example.test", name="Lea Lead")
        judges = [make_user(f"judge{n}-{tag}@example.test", name=f"Judge {n}") for n in range(1, JUDGES + 1)]
        for judge in judges:
            make_seat(call, judge)
        others = {}
        for number in range(1, 3):
            team = make_team(make_user(), name=f"Other team {number}")
            others[make_submitted(call, team, received_at=now - timedelta(hours=1)).code] = team.name
    return Stage(
        call.id, call.code, programme.code, organizer.email, lead.email, tuple(j.email for j in judges), others
    )


def let_the_deadline_pass(site: Site, stage: Stage) -> None:
    """Days go by: the call's dates move back, as no test can wait for them."""
    with connected(site), transaction.write():
        past = datetime.now(UTC) - timedelta(hours=2)
        db.session.execute(
            update(Call).where(Call.id == stage.call_id)
            .values(deadline_at=past, opens_at=past - timedelta(days=20), questions_close_at=past - timedelta(days=7))
        )


def session_of(app: Flask, email: str) -> tuple[str, str]:
    """Name and value of the cookie of somebody who has signed in, without the time that a password takes."""
    user = db.session.scalars(select(User).where(User.email == email)).one()
    name = str(app.config["SESSION_COOKIE_NAME"])
    cookie = client_of(app, user).get_cookie(name)
    assert cookie is not None
    return name, cookie.value


def sign_in(page: Page, site: Site, email: str) -> Page:
    page.goto(f"{site.url}/en/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def press(button: Locator) -> None:
    """Press what leads to another page, and arrive there: to leave earlier would take the request back."""
    with button.page.expect_navigation():
        button.click()


def pdf_of(folder: Path, size: int) -> Path:
    """A valid PDF of exactly ``size`` bytes: a real page, padded by a comment before its end."""
    head = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    )
    tail = b"trailer<</Root 1 0 R>>\n%%EOF\n"
    padding = size - len(head) - len(tail) - 2
    file = folder / "proposal.pdf"
    file.write_bytes(head + b"%" + b"x" * padding + b"\n" + tail)
    return file
