"""Several commands of the application in one process, since starting it costs more than most of them do.

``python -m devtools.flask_commands "db upgrade" "opencall ensure-storage"``
"""

from __future__ import annotations

import shlex
import sys

from flask.cli import ScriptInfo

from competition import create_app


def main(commands: list[str]) -> None:
    app = create_app()
    info = ScriptInfo(create_app=lambda: app)
    for command in commands:
        app.cli.main(shlex.split(command), prog_name="flask", obj=info, standalone_mode=False)


if __name__ == "__main__":
    main(sys.argv[1:])
