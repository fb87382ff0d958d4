/* What helps to find one's way: neighbours of the patch, localities, outlines; and their names. */
"use strict";
footprint.around = (function (f) {
  var data = f.data;
  var state = f.state;
  var ground = data.ground;
  var overlays = {};
  var map;

  // more stops than this would be no help to a keyboard: then the table is
  var STOPS = 20;

  function thin(name, style) {
    return f.draw.geo(f.shapes.layer(data.shapes[name].lines), Object.assign({ pane: "over", fill: false, lineJoin: "round" }, style));
  }

  function start(leafletMap, over) {
    map = leafletMap;
    var renderer = L.svg({ pane: "neighbours", padding: 0.4 });
    overlays.neighbours = L.layerGroup();
    data.shapes.neighbours.forEach(function (neighbour, i) {
      var layer = L.geoJSON(neighbour.shape, {
        pane: "neighbours", renderer: renderer, style: {
          fillColor: ground.neighbour, fillOpacity: 1, color: ground.neighbour_line, weight: 1.2,
          dashArray: "3 3",
        },
      }).getLayers()[0];
      layer.neighbour = i;
      layer.on("add", function () {
        reachable(layer, neighbour, i);
      });
      layer.addTo(overlays.neighbours);
    });
    overlays.commissioners = f.draw.geo(f.shapes.layer(data.shapes.commissioners), {
      pane: "over", renderer: over, fill: false, color: ground.commissioner, weight: 2.4,
      dashArray: "7 5", opacity: 0.85,
    });
    overlays.localities = thin("localities", { renderer: over, color: ground.locality, weight: 2.2, opacity: 0.9 });
    overlays.outlines = thin("outlines", { renderer: over, color: ground.outline, weight: 1.1, dashArray: "1 3.5", lineCap: "round", opacity: 0.9 });
  }

  function reachable(layer, neighbour, i) {
    var path = layer.getElement();
    if (!path) return;
    path.setAttribute("role", "button");
    path.setAttribute("tabindex", data.shapes.neighbours.length > STOPS ? "-1" : "0");
    path.setAttribute("data-outside", i);
    path.setAttribute("aria-label", neighbour.name + ", outside the patch");
    path.onkeydown = function (event) {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      f.choose({ kind: "neighbour", i: i }, { focus: true });
    };
  }

  function show(name, on) {
    if (!overlays[name]) return;
    if (on) overlays[name].addTo(map);
    else overlays[name].remove();
  }

  /* whether there is anything to switch on */
  function has(name) {
    var found = data.shapes[name];
    if (name === "commissioners") return data.shapes.commissioner_names.length > 1;
    return (found.lines || found).length > 0;
  }

  /* names of neighbours, localities and outlines that are shown */
  function words() {
    var found = [];
    if (state.shown.neighbours)
      data.shapes.neighbours.forEach(function (neighbour) {
        found.push({ at: neighbour.at, name: neighbour.short, kind: "outside", rank: 2.5 });
      });
    [["localities", 2.7], ["outlines", 3.5]].forEach(function (pair) {
      if (!state.shown[pair[0]]) return;
      data.shapes[pair[0]].names.forEach(function (item) {
        found.push({ at: item.at, name: item.name, kind: pair[0], rank: pair[1] });
      });
    });
    return found;
  }

  // -- what the panel and the hover say -----------------------------------------------------------

  /* "most patients in 2 small areas of the patch" */
  function wins(neighbour) {
    return "most patients in " + f.plural(neighbour.areas, "small area") + " of the patch";
  }

  function about(neighbour) {
    var one = neighbour.areas === 1;
    return f.el(
      "div",
      {},
      f.pieces.head("PCN outside the patch", neighbour.name, neighbour.code + " · not judged here"),
      f.el("p", {}, "It has " + wins(neighbour) + ", where " + f.count(neighbour.patients) + " of its patients live. " +
        (one ? "This area is" : "These areas are") + " in no footprint of the patch."),
      neighbour.else.length > 0 &&
        f.el("p", {}, "Read against the patch's own PCNs only, " + (one ? "it" : "they") + " would go to " +
          neighbour.else.join(neighbour.else.length > 2 ? ", " : " and ") + "."),
      f.pieces.words(),
    );
  }

  return { start: start, show: show, has: has, words: words, wins: wins, about: about };
})(footprint);
