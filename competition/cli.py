"""The operator's commands, thin: ``flask opencall …``."""

from __future__ import annotations

import sys
import time

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from competition.kernel import audit, clock, outbox, queue, storage

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
