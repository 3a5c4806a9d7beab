"""Mail: a row in the caller's transaction, sent by a worker, never twice on purpose."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import current_app, g, has_request_context, render_template
from flask_babel import force_locale

from competition.config import Settings
from competition.extensions import db
from competition.kernel import clock
from competition.kernel.data.ids import new_id
from competition.kernel.data.models import MailMessage
from competition.kernel.jobs import outbox
from competition.kernel.text.languages import of_locale


@dataclass(frozen=True)
class SendArguments:
    """The message to send."""

    message: UUID


SEND = outbox.Kind("mail.send", SendArguments)


def send(
    template: str, *, to: str, locale: str, now: datetime, calendar: str | None = None, **context: Any
) -> MailMessage:
    """Write a message and the job that sends it, in the present transaction.

    ``templates/mail/<template>.txt`` has the subject in its first line, then the body. It is rendered in the
    recipient's language, with links to pages in that language.

    Parameters
    ----------
    locale
        That of the recipient's account (``en``, ``zh_Hans``, ``ko``), not the sender's. A locale that the platform
        has not, or no longer, gets the source language: the account's owner still hears of what happened.
    calendar
        An iCalendar file that goes with the message.
    """
    subject, body = rendered(template, locale, **context)
    message = MailMessage(
        id=new_id(), to=to, subject=subject, body=body, lang=of_locale(locale).locale, state="queued", created_at=now,
        calendar=calendar,
    )
    db.session.add(message)
    outbox.add(SEND, SendArguments(message=message.id), key=str(message.id), now=now)
    return message


def rendered(template: str, locale: str, **context: Any) -> tuple[str, str]:
    """Subject and body of a mail as :func:`send` writes it, for a page that shows it before."""
    language = of_locale(locale)
    with _as_page(language.code), force_locale(language.locale):
        text = render_template(f"mail/{template}.txt", **context)
    subject, body = text.strip().split("\n", 1)
    return " ".join(subject.split())[:300], body.strip() + "\n"


@contextmanager
def _as_page(code: str) -> Iterator[None]:
    """Render as a page in the recipient's language: links, times and published texts follow it too.

    A worker has no request from whose address a link could start, so it gets one.
    """
    if not has_request_context():
        with current_app.test_request_context(base_url=current_app.config["SETTINGS"].public_url), _as_page(code):
            yield
        return
    previous = g.get("lang")
    g.lang = code
    try:
        yield
    finally:
        g.lang = previous
        if previous is None:
            g.pop("lang")


@outbox.handler(SEND)
def deliver(_job: outbox.Job, arguments: SendArguments) -> outbox.Effects:
    """Hand a message to the mail server."""
    settings: Settings = current_app.config["SETTINGS"]
    message_id = arguments.message
    message = db.session.get_one(MailMessage, message_id)
    if message.state == "queued" and settings.smtp_url:
        _transmit(settings, message)
    keep_body = not settings.production  # the demo's mailbox page shows it

    def effects() -> None:
        stored = db.session.get_one(MailMessage, message_id)
        stored.state, stored.sent_at = "sent", clock.now()
        if not keep_body:
            stored.body = ""

    return effects


def _transmit(settings: Settings, message: MailMessage) -> None:
    url = urlsplit(settings.smtp_url)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = settings.mail_from, message.to, message.subject
    mail["Message-ID"] = f"<{message.id}@{urlsplit(settings.public_url).hostname}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    if message.calendar:
        mail.add_attachment(message.calendar.encode(), maintype="text", subtype="calendar", filename="event.ics")
    secure = url.scheme == "smtps"
    port = url.port or (465 if secure else 587)
    context = ssl.create_default_context()
    if secure:
        server: smtplib.SMTP = smtplib.SMTP_SSL(url.hostname or "", port, timeout=30, context=context)
    else:
        server = smtplib.SMTP(url.hostname or "", port, timeout=30)
    with server:
        if url.scheme == "smtp+starttls":
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(mail)
