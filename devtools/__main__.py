"""``python -m devtools COMMAND``: set-up on a bare Python, then the command in the virtual environment."""

from __future__ import annotations

import os
import sys

from devtools import packages, setup
from devtools.progress import Progress

HELP = """\
./run                      everything on this machine, with a demo (PORT=8000 DATA_DIR=.data DEMO=1)
./run test [pytest …]      the whole suite: SQLite, PostgreSQL, Valkey, SeaweedFS, workers, browser
./run check                linter, types, import contracts, templates, translations
./run seed …               a large reproducible data set (--entries N --judges J --reviews R)
./run bench NAME…          speed figures; the last line is one JSON object
./run prepare              production: bucket and newest schema; settings from the environment only
./run serve, ./run work    production: web server, workers (./run work 4); settings likewise
./run flask …              the application's commands (flask opencall --help)
./run setup                only install and build
./run messages             collect texts to translate into the catalogues
./run lock                 pin and hash the requirement lists again
"""
# Steps of each command after the Python packages. Counted here, since set-up begins on another Python.
STEPS = {
    "demo": 7, "setup": 4, "prepare": 5, "serve": 4, "work": 4, "flask": 4, "seed": 4, "bench": 5, "test": 7,
    "check": 4, "messages": 4,
}
NEED_DEV = {"test", "check", "bench", "messages"}


def main(argv: list[str]) -> int:
    name, arguments = (argv[0], argv[1:]) if argv else ("demo", [])
    os.chdir(setup.ROOT)
    if name == "lock":
        with setup.one_at_a_time():
            packages.lock()
        return 0
    if name not in STEPS:
        print(HELP, end="")
        return 0 if name in {"help", "-h", "--help"} else 2
    lists = ["requirements", *(["requirements-dev"] if name in NEED_DEV else [])]
    package_steps = 1 + len(lists)
    progress = Progress(package_steps + STEPS[name])
    if os.environ.get("OPENCALL_PACKAGES_READY") != str(os.getpid()):
        with setup.one_at_a_time():
            packages.install_all(progress, lists)
        ready = {**os.environ, "OPENCALL_PACKAGES_READY": str(os.getpid())}
        os.execve(setup.PYTHON, [str(setup.PYTHON), "-m", "devtools", *argv], ready)
    del os.environ["OPENCALL_PACKAGES_READY"]
    progress.done = package_steps
    from competition.embedded.process import ProcessError
    from devtools import commands

    try:
        return commands.main(name, arguments, progress)
    except ProcessError as error:
        raise setup.SetupError(str(error)) from error


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except setup.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
