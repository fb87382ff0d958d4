/* Layers: ground, footprints and lines on them. Leaflet draws, this decides what and how. */
"use strict";
footprint.draw = (function (f) {
  var data = f.data;
  var state = f.state;
  var ground = data.ground;
  var map;
  var land;
  var areas = [];
  var above = {};
  var svgNS = "http://www.w3.org/2000/svg";

  function pane(name, level, silent) {
    var made = map.createPane(name);
    made.style.zIndex = level;
    if (silent) made.style.pointerEvents = "none";
    return name;
  }

  function svg(name) {
    return L.svg({ pane: name, padding: 0.4 });
  }

  function geo(shapes, options) {
    var style = options;
    return L.geoJSON(
      shapes.map(function (shape) {
        return { type: "Feature", properties: {}, geometry: shape };
      }),
      {
        interactive: false,
        pane: options.pane,
        renderer: options.renderer,
        style: function () {
          return style;
        },
        pointToLayer: function (feature, at) {
          return L.circleMarker(at, options);
        },
      },
    );
  }

  /* slanting lines that say "not judged" or "no staff" without colour */
  function hatch(renderer, id, ink, paper) {
    var svgElement = renderer._container;
    var defs = svgElement.querySelector("defs");
    if (!defs) {
      defs = document.createElementNS(svgNS, "defs");
      svgElement.insertBefore(defs, svgElement.firstChild);
    }
    var pattern = document.createElementNS(svgNS, "pattern");
    [
      ["id", id],
      ["width", 8],
      ["height", 8],
      ["patternUnits", "userSpaceOnUse"],
      ["patternTransform", "rotate(45)"],
    ].forEach(function (pair) {
      pattern.setAttribute(pair[0], pair[1]);
    });
    [
      [8, paper],
      [2, ink],
    ].forEach(function (pair) {
      var rect = document.createElementNS(svgNS, "rect");
      rect.setAttribute("width", pair[0]);
      rect.setAttribute("height", 8);
      rect.setAttribute("fill", pair[1]);
      pattern.appendChild(rect);
    });
    defs.appendChild(pattern);
  }

  function start(leafletMap) {
    map = leafletMap;
    pane("ground", 210, true);
    pane("neighbours", 220);
    pane("footprints", 300);
    pane("over", 320, true);
    pane("marks", 350, true);
    pane("points", 360, true);
    pane("words", 600, true);
    var paper = svg("ground");
    var shapes = data.shapes;

    land = geo(f.shapes.layer(shapes.land), {
      pane: "ground", renderer: paper, fillColor: ground.land, fillOpacity: 1,
      weight: 0,
    }).addTo(map);
    f.tiles.start(map);
    // footprints: one path per PCN, which a keyboard can reach
    var renderer = svg("footprints");
    f.pcns.forEach(function (pcn) {
      if (!pcn.shape) return;
      var layer = L.geoJSON(pcn.shape, { pane: "footprints", renderer: renderer }).getLayers()[0];
      layer.pcn = pcn;
      areas[pcn.i] = layer.addTo(map);
      makeReachable(layer, pcn);
    });
    hatch(renderer, "hatch", "#a9b4bb", "#e9ecee");
    hatch(renderer, "hatch-elsewhere", "#8b98a0", "transparent");

    var over = svg("over");
    geo(f.shapes.layer(shapes.elsewhere), {
      pane: "over", renderer: over, weight: 0, fillColor: "url(#hatch-elsewhere)", fillOpacity: 0.6,
    }).addTo(map);
    geo([f.shapes.outline()], {
      pane: "over", renderer: over, fill: false, color: ground.commissioner, weight: 1.6,
      opacity: 0.65,
    }).addTo(map);
    f.around.start(map, over);
    ["catchment", "parts", "evidence", "chosen"].forEach(function (key) {
      above[key] = L.layerGroup().addTo(map);
    });
    above.over = over;
    above.marks = svg("marks");
    f.flows.start(map);
    f.points.start(map);
  }

  function makeReachable(layer, pcn) {
    var path = layer.getElement();
    if (!path) return;
    path.setAttribute("role", "button");
    // a thousand stops would be no help: then the list and the search are
    path.setAttribute("tabindex", f.pcns.length > 80 ? "-1" : "0");
    path.setAttribute("data-pcn", pcn.code);
    path.setAttribute(
      "aria-label",
      pcn.name + ", " + f.verdictOf(pcn).label + ", " + f.count(pcn.list) + " patients",
    );
    path.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        f.choose({ kind: "pcn", i: pcn.i }, { focus: true });
      }
    });
  }

  // -- footprints -------------------------------------------------------------------------------

  function fillOf(pcn, leads) {
    if (state.colour === "service") {
      return leads[pcn.i] ? leads[pcn.i].colour : "url(#hatch)";
    }
    if (state.colour === "alignment") {
      var aligned = f.alignedOf(f.serviceOf(state.service), pcn.i);
      return aligned ? aligned.fill : "url(#hatch)";
    }
    if (state.colour === "pcn") return pcn.colour;
    if (state.colour === "size") return pcn.size === null ? "url(#hatch)" : data.sizes[pcn.size].fill;
    var verdict = f.verdictOf(pcn);
    return verdict.key === "unjudged" ? "url(#hatch)" : verdict.fill;
  }

  function paint() {
    var service = f.serviceOf(state.service);
    var leads = state.colour === "service" && service ? f.leads(service, f.flows.when()) : {};
    var line = lineOf();
    areas.forEach(function (layer) {
      layer.setStyle({
        fillColor: fillOf(layer.pcn, leads), fillOpacity: opacityOf(layer.pcn), color: "#ffffff", weight: line,
        opacity: 1, lineJoin: "round",
      });
    });
    f.flows.draw(service, opacityOf, fillOf);
    drawCatchment();
    drawParts();
    drawEvidence();
    drawChosen();
    f.points.style();
  }

  /* a thousand areas on a screen need finer lines */
  function lineOf() {
    return f.pcns.length > 200 && map.getZoom() < 9 ? 0.5 : 1.4;
  }

  /* what lies under a background map must show through */
  function opacityOf(pcn) {
    return (away(pcn) ? 0.42 : 1) * (state.shown.tiles ? 0.62 : 1);
  }

  /* another PCN than the one that is chosen steps back */
  function away(pcn) {
    return Boolean(state.chosen && state.chosen.kind === "pcn" && state.chosen.i !== pcn.i);
  }

  // -- parts, evidence and what is chosen -------------------------------------------------------

  /* the polygons of one part of a PCN */
  function partShape(pcn, part) {
    return {
      type: "MultiPolygon",
      coordinates: pcn.shape.coordinates.filter(function (_, k) {
        return pcn.of[k] === part;
      }),
    };
  }

  /* where most of the chosen PCN's patients live: overlaps others' footprints and catchments */
  function drawCatchment() {
    above.catchment.clearLayers();
    var chosen = state.chosen;
    if (!state.shown.catchments || !chosen || chosen.kind !== "pcn" || !f.pcns[chosen.i].catchment) return;
    geo([f.shapes.geometry(f.pcns[chosen.i].catchment)], {
      pane: "over", renderer: above.over, color: ground.locality, weight: 2.6, dashArray: "2 6",
      lineCap: "round", fillColor: ground.locality, fillOpacity: 0.16,
    }).addTo(above.catchment);
  }

  function drawParts() {
    above.parts.clearLayers();
    f.pcns.forEach(function (pcn) {
      var mine = state.chosen && state.chosen.kind === "pcn" && state.chosen.i === pcn.i;
      if (!pcn.shape || pcn.parts.length < 2 || !(state.shown.parts || mine)) return;
      pcn.parts.forEach(function (part) {
        var shape = partShape(pcn, part.part);
        if (!shape.coordinates.length) return;
        geo([shape], {
          pane: "over", renderer: above.over, fill: false, color: ground.evidence,
          weight: mine ? 3 : 2, lineJoin: "round",
        }).addTo(above.parts);
      });
    });
  }

  function drawEvidence() {
    above.evidence.clearLayers();
    evidenceShown().forEach(function (item) {
      // arrows say how far apart the parts are
      if (isGap(item)) return;
      geo([item.shape], {
        pane: "over", renderer: above.over, color: ground.evidence, weight: 2.6,
        dashArray: "6 5", fillColor: ground.evidence, fillOpacity: 0.14, radius: 9,
      }).addTo(above.evidence);
    });
    arrows().forEach(function (arrow) {
      [["#ffffff", 6.5, 0.9], [ground.evidence, 3, 1]].forEach(function (line) {
        L.polyline(arrow.path, {
          pane: "over", renderer: above.over, interactive: false, color: line[0], weight: line[1],
          opacity: line[2],
        }).addTo(above.evidence);
      });
      arrow.heads.forEach(function (head) {
        L.polygon(head, {
          pane: "over", renderer: above.over, interactive: false, color: "#ffffff", weight: 1.2,
          fillColor: ground.evidence, fillOpacity: 1,
        }).addTo(above.evidence);
      });
    });
  }

  /* the shortest line between two parts of a PCN */
  function isGap(item) {
    return item.check === "parts" && item.shape.type === "LineString";
  }

  /*
   * An arrow from each part to the larger part that is nearest to it, with the PCNs in between:
   * path and heads in degrees, middle, words.
   */
  function arrows() {
    var found = [];
    f.pcns.forEach(function (pcn) {
      if (pcn.parts.length < 2 || !evident(pcn.i)) return;
      var gaps = data.shapes.evidence.filter(function (item) {
        return item.pcn === pcn.i && isGap(item);
      });
      var spots = pcn.parts.map(function (part) {
        return f.labels.partPoint(pcn, part.part);
      });
      pcn.parts.forEach(function (part, k) {
        // a fragment needs no arrow
        if (!k || !spots[k] || !(part.share >= 0.05 || part.practices > 0)) return;
        var to = map.latLngToLayerPoint(spots[k]);
        var from = spots.slice(0, k).filter(Boolean).map(function (spot) {
          return map.latLngToLayerPoint(spot);
        }).sort(function (a, b) {
          return a.distanceTo(to) - b.distanceTo(to);
        })[0];
        if (!from) return;
        var names = part.between.map(function (i) {
          return f.pcns[i].short;
        });
        // as many gaps as parts less one are told in the parts' order
        var far = gaps.length === pcn.parts.length - 1 ? gaps[k - 1].label : "";
        found.push(arrow(from, to, [far && far + " where nearest", names.length ? "between: " + names.slice(0, 3).join(", ") + (names.length > 3 ? " …" : "") : ""].filter(Boolean)));
      });
    });
    return found.filter(Boolean);
  }

  /* an arrow with two heads that leaves the parts' numbers free */
  function arrow(a, b, words) {
    var long = a.distanceTo(b);
    if (long < 44) return null;
    var way = b.subtract(a).divideBy(long);
    var start = a.add(way.multiplyBy(15));
    var end = b.subtract(way.multiplyBy(15));
    function head(tip, sign) {
      var back = tip.subtract(way.multiplyBy(11 * sign));
      var wide = L.point(-way.y, way.x).multiplyBy(6);
      return [tip, back.add(wide), back.subtract(wide)].map(degrees);
    }
    function degrees(point) {
      return map.layerPointToLatLng(point);
    }
    return {
      path: [start.add(way.multiplyBy(9)), end.subtract(way.multiplyBy(9))].map(degrees),
      heads: [head(end, 1), head(start, -1)], at: degrees(a.add(b).divideBy(2)), words: words,
    };
  }

  /* whether evidence about a PCN is drawn: the chosen one's alone, else everyone's when asked for */
  function evident(i) {
    var chosen = state.chosen;
    return chosen && chosen.kind === "pcn" ? chosen.i === i : state.shown.evidence;
  }

  function evidenceShown() {
    return data.shapes.evidence.filter(function (item) {
      return evident(item.pcn);
    });
  }

  function drawChosen() {
    above.chosen.clearLayers();
    var chosen = state.chosen;
    var at = [];
    if (!chosen) return;
    if (chosen.kind === "pcn" && f.pcns[chosen.i].shape) {
      [["#ffffff", 7, 0.95], [ground.chosen, 3.6, 1]].forEach(function (line) {
        geo([f.pcns[chosen.i].shape], {
          pane: "over", renderer: above.over, fill: false, color: line[0], weight: line[1],
          opacity: line[2], lineJoin: "round",
        }).addTo(above.chosen);
      });
      above.parts.eachLayer(function (layer) {
        if (f.pcns[chosen.i].parts.length > 1) layer.bringToFront();
      });
    } else if (chosen.kind === "neighbour") {
      geo([data.shapes.neighbours[chosen.i].shape], {
        pane: "over", renderer: above.over, fill: false, color: ground.chosen, weight: 3, lineJoin: "round",
      }).addTo(above.chosen);
    } else if (chosen.kind === "practice") {
      at = [data.practices[chosen.i].at].concat(f.branchesOf(chosen.i).map(function (branch) {
        return branch.at;
      }));
    } else if (chosen.kind === "district") {
      at = chosen.practices.map(function (i) {
        return data.practices[i].at;
      });
    } else if (chosen.kind === "base") at = [f.bases[chosen.i].at];
    else if (chosen.kind === "team") at = [data.teams[chosen.i].at];
    else if (chosen.kind === "place") at = [data.shapes.places[chosen.i].at];
    at.filter(Boolean).forEach(function (spot, k) {
      [["#ffffff", 7], [ground.chosen, 3]].forEach(function (line) {
        L.circleMarker(spot, {
          // the first is the main place
          pane: "marks", renderer: above.marks, interactive: false, radius: k || chosen.kind === "district" ? 10 : 14, fill: false,
          color: line[0], weight: line[1],
        }).addTo(above.chosen);
      });
    });
  }

  /* after a zoom lines may be finer, and points larger or fewer */
  function restyle() {
    areas.forEach(function (layer) {
      if (layer.options.weight !== lineOf()) layer.setStyle({ weight: lineOf() });
    });
    // arrows keep their heads' size
    if (evidenceShown().length) drawEvidence();
    f.points.style();
  }

  function show(name, on) {
    state.shown[name] = on;
    if (name === "tiles") {
      f.tiles.show(on);
      if (on) land.remove();
      else land.addTo(map);
    }
    f.around.show(name, on);
  }

  return {
    start: start,
    paint: paint,
    show: show,
    geo: geo,
    areas: areas,
    evidenceShown: evidenceShown,
    partShape: partShape,
    isGap: isGap,
    arrows: arrows,
    restyle: restyle,
  };
})(footprint);
