"""The operator's commands, thin: ``flask opencall …``."""

from __future__ import annotations

import sys
import time

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select

from competition.accounts import service as accounts
from competition.calls.models import Organizer, Programme
from competition.extensions import db
from competition.kernel import audit, clock, outbox, queue, storage, transaction

group = AppGroup("opencall", help="Operate the platform.")


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("ensure-storage")
def ensure_storage() -> None:
    """Create the bucket and let our pages upload to it."""
    storage.ensure_bucket()


@group.command("work")
@click.option("--burst", is_flag=True, help="Stop when the queue is empty.")
def work(burst: bool) -> None:
    """Run one worker."""
    queue.work(current_app._get_current_object(), burst=burst)  # type: ignore[attr-defined]


@group.command("sweep")
@click.option("--forever", is_flag=True, help="Sweep again and again, as often as SWEEP_SECONDS says.")
def sweep(forever: bool) -> None:
    """Ring again for jobs that Redis or a worker lost."""
    while True:
        rung = outbox.sweep(clock.now())
        if not forever:
            click.echo(f"{rung} jobs rung")
            return
        time.sleep(current_app.config["SETTINGS"].sweep_seconds)


@group.command("verify-log")
def verify_log() -> None:
    """Recompute every hash chain of the audit log; exit 1 and list the faults if one is broken."""
    names = audit.chains()
    faults = [fault for name in names for fault in audit.verify(name)]
    for fault in faults:
        click.echo(fault, err=True)
    click.echo(f"{len(names)} chains, {len(faults)} faults")
    sys.exit(1 if faults else 0)


@group.command("grant-operator")
@click.argument("email")
def grant_operator(email: str) -> None:
    """Make a person who has signed up an operator."""
    with transaction.write():
        accounts.make_operator(email=email.strip().lower(), now=clock.now())
    click.echo(f"{email} is an operator")


@group.command("add-organizer")
@click.argument("programme_code")
@click.argument("email")
def add_organizer(programme_code: str, email: str) -> None:
    """Let a person who has signed up organize a programme."""
    with transaction.write():
        programme = db.session.scalar(select(Programme).where(Programme.code == programme_code))
        user = accounts.user_by_email(email.strip().lower())
        if programme is None or user is None:
            raise click.ClickException("no such programme, or nobody has signed up with this address")
        db.session.merge(Organizer(programme_id=programme.id, user_id=user.id, since=clock.now()))
        audit.record("organizer.added", chain="platform", subject=programme.id, actor_id=None, now=clock.now(),
                     user=user.id)
    click.echo(f"{email} organizes {programme_code}")


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

    def tell(done: int, total: int, what: str) -> None:
        if done % 10 == 0 or done == total:
            click.echo(f"{done} of {total} {what}")

    load.load(now=clock.now(), tell=tell)


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
    made = make(entries=entries, judges=judges, reviews=reviews, now=clock.now(), number=number)
    seconds = time.perf_counter() - begun
    click.echo(
        f"{made.call_code}: {made.entries} entries, {made.judges} judges, {made.sheets} sheets in {seconds:.1f} s"
    )
