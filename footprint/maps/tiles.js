/* The background map: only where the run was asked for one; the one thing that needs a network. */
"use strict";
footprint.tiles = (function (f) {
  var given = f.data.tiles;
  var map;
  var layer;

  function start(leafletMap) {
    map = leafletMap;
    if (!given) return;
    map.createPane("background").style.zIndex = 205;
    layer = L.tileLayer(given.url, {
      pane: "background", maxZoom: 17, maxNativeZoom: 17,
      // servers ask which site a request comes from; a page opened from a file has none to tell
      referrerPolicy: "strict-origin-when-cross-origin",
    });
    layer.on("tileerror", function () {
      said("The background map could not be loaded. All else is here.");
    });
    layer.on("tileload", function () {
      said(given.credit);
    });
  }

  function said(text) {
    document.getElementById("credit").textContent = text;
  }

  function show(on) {
    if (!layer) return;
    document.getElementById("credit").hidden = !on;
    if (on) layer.addTo(map);
    else layer.remove();
  }

  return { start: start, show: show };
})(footprint);
