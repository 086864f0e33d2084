"""Certificates that sign themselves, for nodes that are asked over TLS."""

from __future__ import annotations

import subprocess
from pathlib import Path

AUTHORITY = """
[ca]
default_ca = ours
[ours]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = more
[any]
commonName = supplied
[more]
subjectAltName = {name}
basicConstraints = CA:true
"""


def certificate(folder: Path, name: str = "IP:127.0.0.1", until: str = "20991231000000Z") -> tuple[Path, Path]:
    """A certificate that signs itself, and its key, made by openssl in a new folder: of the folder's name."""
    folder.mkdir()
    (folder / "authority").write_text(AUTHORITY.format(name=name))
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01\n")
    sign = "ca -config authority -batch -selfsign -keyfile key -in request -out it -notext -startdate 20200101000000Z"
    for command in (
        f"req -new -newkey rsa:2048 -nodes -keyout key -subj /CN={folder.name} -out request",
        f"{sign} -enddate {until}",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder / "it", folder / "key"
