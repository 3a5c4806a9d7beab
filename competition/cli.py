"""The operator's commands, thin: ``flask opencall …``."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from typing import Any

import click
import structlog
from flask import Flask, current_app, url_for
from flask.cli import AppGroup
from sqlalchemy import select

from competition.accounts import locking, second_factors
from competition.accounts import service as accounts
from competition.accounts.models import User
from competition.calls.models import Organizer, Programme
from competition.calls.roles import ORGANIZER, ROLES
from competition.calls.service import people
from competition.extensions import db
from competition.judging.queries import receipts
from competition.kernel import clock
from competition.kernel.data import evidence, transaction
from competition.kernel.errors import DomainError
from competition.kernel.files import storage
from competition.kernel.jobs import forking, outbox, worker
from competition.kernel.text import emails, i18n
from competition.kernel.text.languages import LANGUAGES, SOURCE


class Operating(AppGroup):
    """A group whose commands say what a rule refused, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise click.ClickException(str(error.message)) from None


class Email(click.ParamType[str]):
    """An address, spelled as sign-in spells it."""

    name = "email"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return emails.normalize(value) or self.fail(f"{value!r} is not an e-mail address", param, ctx)


EMAIL = Email()
# What jobs compute with, which a web process does without.
COMPUTING = (
    "boto3", "competition.redaction", "competition.judging.service.plan_solver", "competition.decisions.jobs.selection",
    "competition.results.jobs.aggregation", "puremagic", "typst", "xlsxwriter",
)
log = structlog.get_logger()
group = Operating("opencall", help="Operate the platform.")


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("ensure-storage")
def ensure_storage() -> None:
    """Create the bucket and let our pages upload to it."""
    storage.ensure_bucket()


@group.command("work")
@click.option("--burst", is_flag=True, help="One worker, which stops when the queue is empty.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="How many processes.")
@click.option("--sweep", is_flag=True, help="With a sweeper beside them.")
def work(burst: bool, workers: int, sweep: bool) -> None:
    """Run workers."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if burst or (workers == 1 and not sweep):
        worker.work(app, burst=burst)
        return
    for module in COMPUTING:  # once, for all workers and the children in which they run their jobs
        import_module(module)
    tasks = [lambda: worker.work(app)] * workers
    log.info("workers.started", workers=workers, sweeper=sweep)
    sys.exit(forking.run([*tasks, _sweep_forever] if sweep else tasks))


@group.command("sweep")
@click.option("--forever", is_flag=True, help="Sweep again and again, as often as SWEEP_SECONDS says.")
def sweep(forever: bool) -> None:
    """Queue jobs again that Redis or a worker lost."""
    if forever:
        _sweep_forever()
    click.echo(f"{outbox.sweep(clock.now())} jobs queued again")


def _sweep_forever() -> None:
    while True:
        outbox.sweep(clock.now())
        time.sleep(current_app.config["SETTINGS"].sweep_seconds)


@group.command("verify-log")
def verify_log() -> None:
    """Recompute the audit log and all that it has a digest of, both ways; exit 1 and list the faults."""
    count, faults = evidence.verify()
    for fault in faults:
        click.echo(fault, err=True)
    click.echo(f"{count} chains, {len(faults)} faults")
    sys.exit(1 if faults else 0)


@group.command("verify-receipt")
@click.argument("file", type=click.File("rb"))
def verify_receipt(file: Any) -> None:
    """Compare a judge's receipt, as downloaded, with the database and the log; exit 1 and list the faults."""
    try:
        document = json.load(file)
    except ValueError:
        raise click.ClickException("this file is no JSON") from None
    faults = receipts.faults(document) if isinstance(document, dict) else ["this is no receipt"]
    for fault in faults:
        click.echo(fault, err=True)
    click.echo("the receipt does not hold" if faults else "the receipt holds")
    sys.exit(1 if faults else 0)


@group.command("add-person")
@click.argument("email", type=EMAIL)
@click.argument("name")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default=SOURCE.code, show_default=True)
@click.option("--zone", type=click.Choice(i18n.ZONES), default=i18n.ZONES[0], show_default=True)
@click.option("--operator", is_flag=True, help="May create programmes; the same as grant-operator afterwards.")
def add_person(email: str, name: str, language: str, zone: str, operator: bool) -> None:
    """Open an account and print the link at which its owner chooses a password."""
    with transaction.write():
        token = accounts.open_account(
            email=email, name=name, locale=LANGUAGES[language].locale, zone=zone, now=clock.now()
        )
        if operator:
            accounts.make_operator(email=email, now=clock.now())
    origin = current_app.config["SETTINGS"].public_url
    with current_app.test_request_context(base_url=origin):
        link = origin + url_for("accounts.reset", token=token, lang=language)
    click.echo(f"{email} chooses a password here, once, within {accounts.OPENED_FOR.days} days:\n{link}")


@group.command("grant-operator")
@click.argument("email", type=EMAIL)
def grant_operator(email: str) -> None:
    """Make a person who has an account an operator."""
    with transaction.write():
        accounts.make_operator(email=email, now=clock.now())
    click.echo(f"{email} is an operator")


@group.command("revoke-operator")
@click.argument("email", type=EMAIL)
def revoke_operator(email: str) -> None:
    """Take the operator's rights from a person."""
    with transaction.write():
        locking.revoke_operator(user=_person(email), actor=None, now=clock.now())
    click.echo(f"{email} is no operator")


@group.command("lock-account")
@click.argument("email", type=EMAIL)
def lock_account(email: str) -> None:
    """Shut an account: its sessions end, its links are void, nobody signs in to it."""
    with transaction.write():
        locking.lock(user=_person(email), actor=None, now=clock.now())
    click.echo(f"the account of {email} is locked")


@group.command("unlock-account")
@click.argument("email", type=EMAIL)
def unlock_account(email: str) -> None:
    """Open a locked account again."""
    with transaction.write():
        locking.unlock(user=_person(email), actor=None, now=clock.now())
    click.echo(f"the account of {email} is open")


@group.command("reset-second-factor")
@click.argument("email", type=EMAIL)
def reset_second_factor(email: str) -> None:
    """Void the second factor of a person who lost it; they are signed out and told by mail."""
    with transaction.write():
        second_factors.reset(user=_person(email), actor=None, now=clock.now())
    click.echo(f"{email} sets up a new second factor at the next sign-in")


@group.command("add-organizer")
@click.argument("programme_code")
@click.argument("email", type=EMAIL)
@click.option("--role", type=click.Choice(ROLES), default=ORGANIZER, show_default=True)
def add_organizer(programme_code: str, email: str, role: str) -> None:
    """Give a person who has an account a role in a programme, or another one than they have."""
    with transaction.write():
        programme, user, now = _programme(programme_code), _person(email), clock.now()
        if db.session.get(Organizer, (programme.id, user.id)) is None:
            people.add(programme=programme, user=user, role=role, actor=None, now=now)
        else:
            people.change(programme=programme, user_id=user.id, role=role, actor=None, now=now)
    click.echo(f"{email} is {role} of {programme_code}")


@group.command("remove-organizer")
@click.argument("programme_code")
@click.argument("email", type=EMAIL)
def remove_organizer(programme_code: str, email: str) -> None:
    """Take a person's role in a programme away."""
    with transaction.write():
        programme, user = _programme(programme_code), _person(email)
        if db.session.get(Organizer, (programme.id, user.id)) is None:
            raise click.ClickException(f"{email} has no role in {programme_code}")
        people.remove(programme=programme, user_id=user.id, actor=None, now=clock.now())
    click.echo(f"{email} has no role in {programme_code}")


def _programme(code: str) -> Programme:
    programme = db.session.scalar(select(Programme).where(Programme.code == code))
    if programme is None:
        raise click.ClickException(f"no programme has the code {code}")
    return programme


def _person(email: str) -> User:
    user = accounts.user_by_email(email)
    if user is None:
        raise click.ClickException(f"nobody has an account under {email}: add-person opens one")
    return user


@group.group("demo")
def demo() -> None:
    """The demo programme."""


@demo.command("load")
@click.option("--once", is_flag=True, help="Say nothing and do nothing when it is there.")
def load_demo(once: bool) -> None:
    """Load the fictional programme with its accounts; refused in production."""
    from competition.demo import load

    if current_app.config["SETTINGS"].production:
        raise click.ClickException("the demo accounts have a public password: not in production")
    if load.is_loaded():
        if not once:
            raise click.ClickException("the demo programme is loaded already")
        return

    def report(done: int, total: int, what: str) -> None:
        if done % 10 == 0 or done == total:
            click.echo(f"{done} of {total} {what}")

    load.load(now=clock.now(), report=report)


@group.command("seed")
@click.option("--entries", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--judges", default=20, show_default=True, type=click.IntRange(1))
@click.option("--reviews", default=3, show_default=True, type=click.IntRange(1))
@click.option("--number", default=1, show_default=True, type=click.IntRange(1), help="A second set is number 2.")
def seed(entries: int, judges: int, reviews: int, number: int) -> None:
    """Make a large, reproducible call in judging, with every score in place."""
    from competition.demo.seed import seed as make

    if current_app.config["SETTINGS"].production:
        raise click.ClickException("made-up entries do not belong in production")
    begun = time.perf_counter()
    seeded = make(entries=entries, judges=judges, reviews=reviews, now=clock.now(), number=number)
    seconds = time.perf_counter() - begun
    click.echo(
        f"{seeded.call_code}: {seeded.entries} entries, {seeded.judges} judges, "
        f"{seeded.sheets} sheets in {seconds:.1f} s"
    )
