"""serve: the service, as this process."""

from __future__ import annotations

import os
import sys

import click

from indexer.cli.command import Flags, main


@main.command()
@click.option("--host", help="Address to listen on [default: service.host of the settings].")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on [default: service.port].")
@click.option("--watch", is_flag=True, help="Build whenever the content changes; pages load themselves anew.")
@click.pass_obj
def serve(flags: Flags, host: str | None, port: int | None, watch: bool) -> None:
    """Serve search and related posts over HTTP."""
    flags.settings_with_warning()  # a bad setting is said here, not by a worker
    variables = {
        "SEEALSO_SETTINGS": flags.file,
        "SEEALSO_CONTENT_DIRECTORY": flags.content,
        "SEEALSO_INDEX_DIRECTORY": flags.index,
        "SEEALSO_SERVICE_HOST": host,
        "SEEALSO_SERVICE_PORT": port,
        "SEEALSO_SERVICE_WATCH": "true" if watch else None,
    }
    os.environ.update({name: str(value) for name, value in variables.items() if value is not None})
    # The server takes this process over, so signals and the exit code are its own. -P: what lies in the working
    # directory is never imported.
    command = [sys.executable, "-P", "-m", "service.server"]
    os.execv(command[0], command)  # noqa: S606  # our own interpreter, no shell wanted
