"""What each page costs, as a ratio to the smallest Flask page on the same server in the same run.

``PAGE.cpu_ms`` is processor time of the server per request; ``PAGE.ratio`` that time in multiples of the trivial
page's, measured just before, the median of the rounds; ``PAGE.growth`` in multiples of the same page of a list with a
tenth of the rows; ``PAGE.rps``, ``PAGE.p50_ms`` and ``PAGE.p99_ms`` with four
connections, the client on the same machine.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask

from bench._load import Request, Round, measure, median
from bench._pages_world import DRAFTS, World, build
from bench._server import Server, serve

ROUNDS = 5
REQUESTS = 120
TRIVIAL = 600
AIMS = {
    "home": 5, "call": 5, "entry_form": 14, "submit": 24, "judge_queue": 15, "save_score": 12, "results_10k": 55,
    "entries_1k": 55, "entries_10k": 55,
}
# A page of a list costs at most so many times what a page of a list with a tenth of the rows costs.
GROWTH_AIMS = {("entries_1k", "entries_10k"): 1.3}
Make = Callable[[int], Request]


def makers(world: World) -> dict[str, Make]:
    """One maker of requests per page; those that write use another row each time."""
    turn = {"submit": 0, "save_score": 0}

    def get(path: str, who: dict[str, str] | None = None, *, shows: str = "") -> Make:
        headers = {"Cookie": who["Cookie"]} if who else {}
        return lambda _number: Request("GET", path, headers, shows=shows.encode())

    def post(path: str, who: dict[str, str], fields: dict[str, str], *, expect: int, script: bool = False) -> Request:
        headers = {
            "Cookie": who["Cookie"], "X-CSRFToken": who["X-CSRFToken"],
            "Content-Type": "application/x-www-form-urlencoded", **({"X-Autosave": "1"} if script else {}),
        }
        body = urlencode({"csrf_token": who["csrf_token"], **fields}).encode()
        return Request("POST", path, headers, body, expect)

    def entries(call_code: str) -> Make:
        path = f"/en/organizer/calls/{call_code}/entries"
        return get(path, world.organizer, shows=f'href="{path}/')

    def submit(_number: int) -> Request:
        code, version = world.entries[turn["submit"] % DRAFTS]
        turn["submit"] += 1
        fields = {"version": str(version), "key": f"k{turn['submit']}", "signed": "y"}
        return post(f"/en/my/entries/{code}/submit", world.lead, fields, expect=303)

    def save(_number: int) -> Request:
        task, version = world.tasks[turn["save_score"] % DRAFTS], 1 + turn["save_score"] // DRAFTS
        turn["save_score"] += 1
        fields = {f"score-{key}": "7.5" for key in ("fit", "technical", "pilot", "ethics", "value")}
        fields |= {"version": str(version), "rubric": world.rubric, "overall": "Convincing."}
        return post(f"/en/judge/{task}", world.judge, fields, expect=200, script=True)

    return {
        "home": get("/en/"),
        "call": get(f"/en/calls/{world.opened}"),
        "entry_form": get(f"/en/my/entries/{world.entries[0][0]}", world.lead),
        "submit": submit,
        "judge_queue": get(f"/en/judge?call={world.queued}", world.judge, shows=f"/en/judge/{world.tasks[0]}"),
        "save_score": save,
        "results_10k": get(f"/en/organizer/calls/{world.seeded}/results", world.organizer, shows='<h2 id="lines">'),
        "entries_1k": entries(world.tenth),
        "entries_10k": entries(world.seeded),
    }


def run() -> dict[str, float]:
    """Build the world, serve it beside the trivial page, measure in alternating rounds."""
    from competition import create_app

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= _environment(Path(folder))
        app = create_app()
        _prepare(app)
        start = time.perf_counter()
        world = build(app)
        print(f"10,000 entries, 30,000 sheets, one aggregation: made in {time.perf_counter() - start:.1f} s")
        with serve("bench._trivial:app") as trivial, serve("wsgi:app") as site:
            figures = _figures(trivial, site, makers(world))
        figures |= _export(app, world)
    return figures


def _environment(folder: Path) -> dict[str, str]:
    """The servers that ``./run bench`` has started, and a database of our own."""
    env = os.environ
    return {
        "OPENCALL_MODE": "embedded", "SECRET_KEY": secrets.token_hex(32), "RATE_LIMITS": "false",
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite'}", "REDIS_URL": env["TEST_REDIS_URL"],
        "S3_ENDPOINT_URL": env["TEST_S3_ENDPOINT_URL"], "S3_ACCESS_KEY": env["TEST_S3_ACCESS_KEY"],
        "S3_SECRET_KEY": env["TEST_S3_SECRET_KEY"], "DATA_DIR": str(folder), "LOG_LEVEL": "WARNING",
    }


def _prepare(app: Flask) -> None:
    from flask_migrate import upgrade

    from competition.kernel.files import storage

    with app.app_context():
        upgrade()
        storage.ensure_bucket()


def _figures(trivial: Server, site: Server, pages: dict[str, Make]) -> dict[str, float]:
    base: list[Round] = []
    rounds: dict[str, list[Round]] = {name: [] for name in pages}
    ratios: dict[str, list[float]] = {name: [] for name in pages}
    for name, make in pages.items():  # one unmeasured request each: templates compiled, caches filled
        measure(site, make, 1 if name in {"submit", "save_score"} else 8)
    for _round in range(ROUNDS):
        for name, make in pages.items():  # each beside its own base: the machine is not equally fast all the time
            base.append(measure(trivial, lambda _number: Request("GET", "/"), TRIVIAL))
            rounds[name].append(measure(site, make, REQUESTS))
            ratios[name].append(rounds[name][-1].cpu_ms / base[-1].cpu_ms)
    figures = _named("trivial", median(base))
    for name, of_page in rounds.items():
        middle, ratio = median(of_page), statistics.median(ratios[name])
        figures |= _named(name, middle) | {f"{name}.ratio": ratio}
        print(
            f"{name:12} {middle.cpu_ms:7.2f} ms CPU = {ratio:6.1f} × trivial (aim {AIMS[name]}), "
            f"{middle.rps:6.0f} requests/s, p50 {middle.p50_ms:.1f} ms, p99 {middle.p99_ms:.1f} ms"
        )
    return figures | _growth(rounds)


def _growth(rounds: dict[str, list[Round]]) -> dict[str, float]:
    """Of each pair of lists, what a page of the longer one costs, in multiples of a page of the shorter one."""
    figures = {}
    for (shorter, longer), aim in GROWTH_AIMS.items():
        pairs = zip(rounds[longer], rounds[shorter], strict=True)
        figures[f"{longer}.growth"] = statistics.median(large.cpu_ms / small.cpu_ms for large, small in pairs)
        print(f"{longer} costs {figures[f'{longer}.growth']:.2f} × {shorter} (aim {aim})")
    return figures


def _named(name: str, figures: Round) -> dict[str, float]:
    return {f"{name}.{key}": value for key, value in asdict(figures).items()}


def _export(app: Flask, world: World) -> dict[str, float]:
    """CSV of 10,000 entries by the worker's own code, in a process that has done nothing before."""
    from competition.calls.models import Programme
    from competition.exports import service
    from competition.extensions import db
    from competition.kernel.clock import now
    from competition.kernel.data import transaction
    from competition.kernel.web.access import Actor

    with app.app_context(), transaction.write():
        programme = db.session.query(Programme).filter_by(code=world.programme).one()
        job = service.request_export(
            programme=programme, table="entries", call_code=world.seeded, fmt="csv",
            actor=Actor(user_id=world.organizer_id), now=now(),
        ).job_id
    out = subprocess.run(
        [sys.executable, "-m", "bench.pages", "--export", str(job)], capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    print(f"export_10k   {figures['export_10k.s']:.2f} s, peak memory +{figures['export_10k.peak_mb']:.1f} MB")
    return figures


def _export_here(job: str) -> dict[str, float]:
    """Run one export job: its time, and by how much it raises the peak of this process's memory."""
    from competition import create_app
    from competition.kernel.jobs import outbox

    with create_app().app_context():
        Path("/proc/self/clear_refs").write_text("5")  # start the peak anew: importing had one of its own
        peak_before, start = _peak_kb(), time.perf_counter()
        state = outbox.run(UUID(job))
        seconds, grown = time.perf_counter() - start, (_peak_kb() - peak_before) / 1000
    if state != "done":
        raise RuntimeError(f"the export under measurement ended as {state}")
    return {"export_10k.s": seconds, "export_10k.peak_mb": grown}


def _peak_kb() -> int:
    """The most memory that this process ever held (proc(5), VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    if "--export" in sys.argv:
        print(json.dumps(_export_here(sys.argv[-1])))
    else:
        figures = run()
        print(json.dumps({key: round(value, 3) for key, value in figures.items()}))
