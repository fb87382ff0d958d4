"""The GeoPackage as QGIS itself reads it; left out where the system's Python has no QGIS."""

from __future__ import annotations

import json
import os
import subprocess

import helpers_content as helpers
import pytest

from footprint.report import geopackage, palette

#: what QGIS is asked, layer by layer
ASK = """
import json, os, sys
from qgis.core import QgsApplication, QgsRenderContext, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
told = {}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    renderer = layer.renderer()
    told[name] = {
        "valid": layer.isValid(),
        "rows": layer.featureCount(),
        "crs": layer.crs().authid(),
        "styles": sorted(layer.listStylesInDatabase()[2]),
        "classes": [c.label() for c in renderer.categories()]
        if renderer.type() == "categorizedSymbol" else [],
        "ink": renderer.symbols(QgsRenderContext())[0].color().name(),
        "label": layer.labeling().settings().fieldName if layer.labelsEnabled() else "",
        "fields": [field.name() for field in layer.fields()],
        # last: it replaces the renderer, which came with the layer
        "default": layer.loadDefaultStyle()[1],
    }
print(json.dumps(told), flush=True)
# QGIS falls over its own layers when Python ends in order
os._exit(0)
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """What QGIS says of each layer, and what it complained of."""
    python = "/usr/bin/python3"
    if not os.access(python, os.X_OK):
        pytest.skip("no /usr/bin/python3, whose QGIS could be asked")
    there = subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False)
    if there.returncode:
        pytest.skip("no QGIS: /usr/bin/python3 cannot import qgis.core (Debian: python3-qgis)")
    folder = tmp_path_factory.mktemp("qgis")
    path = geopackage.write(helpers.content(), folder / "f.gpkg")
    done = subprocess.run(
        [python, "-c", ASK, str(path), *geopackage.LAYERS],
        env={"PATH": os.defpath, "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout), done.stderr


def test_qgis_loads_every_layer_with_its_style(asked):
    """Each layer is valid, in the national grid, and comes in its own style without a question."""
    told, complaints = asked
    assert list(told) == list(geopackage.LAYERS)
    for name, each in told.items():
        assert (each["valid"], each["crs"], each["default"]) == (True, "EPSG:27700", True), name
        # each style once: QGIS repeats styles of one time
        assert each["styles"] == sorted(geopackage.LAYERS), name
        if each["label"]:
            assert each["label"] in each["fields"]
    assert told["pcns"]["rows"] == 3
    assert "Warning" not in complaints


def test_qgis_draws_what_the_other_maps_draw(asked):
    """PCNs by verdict in words, labels where there is room, colours of the other maps."""
    told, _ = asked
    assert told["pcns"]["classes"] == [each.label for each in palette.VERDICTS]
    assert [name for name, each in told.items() if each["label"]] == [
        "practices", "branches", "bases", "pcns", "neighbours"
    ]  # fmt: skip
    assert told["pcns"]["ink"] == palette.PASS.fill
    assert told["practices"]["ink"] == palette.BLUE_DEEP
    assert told["outlines"]["ink"] == palette.OUTLINE_LINE
