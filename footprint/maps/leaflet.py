"""Leaflet's own files, from the package XStatic-Leaflet: found, checked, made fit to be inlined."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from footprint.errors import ModelError

PACKAGE = "XStatic-Leaflet"
#: the version that folium itself names
VERSION = "1.9.3"
#: sha256 of the files as the package brings them
FILES = {
    "leaflet.js": "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
    "leaflet.css": "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
}


@dataclass(frozen=True)
class Leaflet:
    """Texts of Leaflet's script and style sheet, without anything that points outside."""

    script: str
    style: str


def leaflet() -> Leaflet:
    """
    Read Leaflet from the installed package.

    Returns
    -------
    leaflet
        The files, less the note on a source map, the links to Leaflet's own site and the images
        of controls and markers that our map does not use.

    Raises
    ------
    ModelError
        If the package is missing, has another version, or a file is not the one we know.
    """
    script = _checked("leaflet.js")
    style = _checked("leaflet.css")
    script = re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", script)
    script = script.replace("https://leafletjs.com", "#")
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    style = re.sub(r"url\([^)]*\)", "none", style)
    return Leaflet(script=script, style=style)


def _checked(name: str) -> str:
    try:
        found = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise ModelError(f"the package {PACKAGE} {VERSION} is not installed") from None
    if not found.version.startswith(f"{VERSION}."):
        raise ModelError(f"{PACKAGE} is version {found.version}, not {VERSION}")
    for file in found.files or ():
        if file.parts[-2:] == ("data", name):
            content = Path(str(file.locate())).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            if digest != FILES[name]:
                raise ModelError(f"{name} of {PACKAGE} is not Leaflet's file: sha256 {digest}")
            return content.decode("utf-8")
    raise ModelError(f"{PACKAGE} holds no {name}")
