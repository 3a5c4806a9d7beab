"""``python -m competition …``: the commands of ``flask opencall``, without Flask's search for other commands."""

from __future__ import annotations

from flask.cli import ScriptInfo

from competition import create_app


def main() -> None:
    app = create_app()
    app.cli.commands["opencall"].main(prog_name="opencall", obj=ScriptInfo(create_app=lambda: app))


if __name__ == "__main__":
    main()
