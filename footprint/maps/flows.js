/* Staff on the map: flows from base to PCN, groups, and today beside the proposal under a slider. */
"use strict";
footprint.flows = (function (f) {
  var data = f.data;
  var state = f.state;
  var ground = data.ground;
  var map;
  // the one side that is always there, and the other that stands left of the slider
  var here;
  var left = null;
  var share = 0.5;
  var divider = document.getElementById("divider");

  function pane(name, level, silent) {
    var made = map.createPane(name);
    made.style.zIndex = level;
    if (silent) made.style.pointerEvents = "none";
    return name;
  }

  function side(suffix, level) {
    pane("groups" + suffix, 322 + level, true);
    pane("flows" + suffix, 340 + level, true);
    return {
      groups: L.layerGroup().addTo(map), flows: L.layerGroup().addTo(map),
      groupPane: "groups" + suffix, groupPaper: L.svg({ pane: "groups" + suffix, padding: 0.4 }),
      flowPane: "flows" + suffix, flowPaper: L.svg({ pane: "flows" + suffix, padding: 0.4 }),
    };
  }

  function start(leafletMap) {
    map = leafletMap;
    here = side("", 0);
    if (divider) {
      divider.addEventListener("input", function () {
        share = Number(divider.value) / 100;
        clip();
      });
      map.on("move zoomend resize", clip);
    }
  }

  /* both at once: only where staff are looked at */
  function both() {
    return state.colour === "service" && state.when === "both";
  }

  /* whose staff the footprints of the right, or only, side show */
  function when() {
    return state.when === "both" ? "proposed" : state.when;
  }

  function draw(service, opacityOf, fillOf) {
    var shown = state.colour === "service" && service;
    var two = Boolean(both() && shown);
    [here].concat(left || []).forEach(function (one) {
      one.groups.clearLayers();
      one.flows.clearLayers();
    });
    if (two) {
      if (!left) left = opened();
      var leads = f.leads(service, "today");
      left.areas.forEach(function (layer) {
        layer.setStyle({
          fillColor: fillOf(layer.pcn, leads), fillOpacity: opacityOf(layer.pcn), color: "#ffffff",
          weight: 1.4, opacity: 1, lineJoin: "round",
        });
        layer.addTo(map);
        mark(layer);
      });
      drawSide(service, "today", left);
    } else if (left) {
      left.areas.forEach(function (layer) {
        layer.remove();
      });
    }
    if (shown) drawSide(service, when(), here);
    document.querySelectorAll(".both").forEach(function (each) {
      each.hidden = !two;
    });
    clip();
  }

  /* footprints a second time, for the side that shows today */
  function opened() {
    var made = side("-left", 1);
    pane("footprints-left", 302);
    var paper = L.svg({ pane: "footprints-left", padding: 0.4 });
    made.areas = f.pcns.filter(function (pcn) {
      return pcn.shape;
    }).map(function (pcn) {
      var layer = L.geoJSON(pcn.shape, { pane: "footprints-left", renderer: paper }).getLayers()[0];
      layer.pcn = pcn;
      return layer;
    });
    made.paper = paper;
    return made;
  }

  /* a click on it counts, the keyboard has the other one */
  function mark(layer) {
    var path = layer.getElement();
    if (!path) return;
    path.setAttribute("data-pcn", layer.pcn.code);
    path.setAttribute("aria-hidden", "true");
  }

  /* today is seen left of the slider, the proposal right of it */
  function clip() {
    var size = map.getSize();
    var low = map.containerPointToLayerPoint([0, 0]);
    var high = map.containerPointToLayerPoint(size);
    var at = low.x + share * size.x;
    var two = both() && left;
    function cut(names, from, to) {
      names.forEach(function (name) {
        var box = [[from, low.y], [to, low.y], [to, high.y], [from, high.y]];
        map.getPane(name).style.clipPath = two
          ? "polygon(" + box.map(function (xy) {
              return xy[0] + "px " + xy[1] + "px";
            }).join(",") + ")"
          : "";
      });
    }
    cut(["footprints", "groups", "flows"], at, high.x);
    if (left) cut(["footprints-left", "groups-left", "flows-left"], low.x, at);
    var rule = document.getElementById("rule");
    if (rule) rule.style.left = 100 * share + "%";
  }

  // -- one side -----------------------------------------------------------------------------------

  // WTE under which a line stands for an hour or two a week: many of them would hide the others
  var LITTLE = 0.05;

  /* staff rows of one side, each with whether it is much of its PCN's staff */
  function rowsOf(service, which) {
    var total = {};
    return f.staffing(service, which).map(function (row) {
      total[row.pcn] = (total[row.pcn] || 0) + row.wte;
      return row;
    }).map(function (row) {
      return Object.assign({ much: row.wte >= 0.1 * total[row.pcn] }, row);
    });
  }

  /* what has a line: everything of what is chosen, and staff whose number is not shown */
  function drawn(row) {
    return state.chosen || row.much || row.wte === null || row.wte >= LITTLE;
  }

  /* whether lines are left out of what is drawn now */
  function leftOut(service) {
    return (state.when === "both" ? ["today", "proposed"] : [state.when]).some(function (which) {
      return !rowsOf(service, which).every(drawn);
    });
  }

  function drawSide(service, which, one) {
    if (service.level > 1) drawGroups(service, which, one);
    var rows = rowsOf(service, which).filter(drawn);
    var most = mostOf(service);
    rows.reverse().forEach(function (row) {
      var team = data.teams[row.team];
      var pcn = f.pcns[row.pcn];
      if (!team.at || !pcn.at) return;
      var near = !state.chosen || touches(row);
      var width = lineWidth(row.wte, most);
      var path = bow(team.at, pcn.at);
      // a few hours of a distant team are shown, but not as loudly as its main work
      var loud = row.much ? 1 : 0.3;
      var lines = [[ground.travel, width, 0.85 * loud]];
      if (loud === 1) lines.unshift(["#ffffff", width + 2.2, 0.9]);
      lines.forEach(function (line) {
        L.polyline(path, {
          pane: one.flowPane, renderer: one.flowPaper, interactive: false, color: line[0],
          weight: line[1], opacity: near ? line[2] : line[2] * 0.16, lineCap: "round",
        }).addTo(one.flows);
      });
      // the end at the PCN
      L.circleMarker(pcn.at, {
        pane: one.flowPane, renderer: one.flowPaper, interactive: false,
        radius: Math.max(2.5, width / 2 + 1), color: "#ffffff", weight: 1.2,
        fillColor: ground.travel, fillOpacity: near ? 1 : 0.16, opacity: near ? 1 : 0.16,
      }).addTo(one.flows);
    });
  }

  /* lines around groups: as proposed, or around the PCNs that one team leads today */
  function drawGroups(service, which, one) {
    var shapes = service.groups.map(function (group) {
      return group.shape;
    });
    if (which === "today") {
      var leads = f.leads(service, "today");
      shapes = service.teams.map(function (team) {
        return f.shapes.around(Object.keys(leads).filter(function (i) {
          return leads[i] === team;
        }));
      });
    }
    [["#ffffff", 5], [ground.chosen, 2.4]].forEach(function (line) {
      f.draw.geo(shapes.filter(Boolean), {
        pane: one.groupPane, renderer: one.groupPaper, fill: false, color: line[0], weight: line[1],
        lineJoin: "round",
      }).addTo(one.groups);
    });
  }

  function touches(row) {
    var chosen = state.chosen;
    if (chosen.kind === "pcn") return row.pcn === chosen.i;
    if (chosen.kind === "team") return row.team === chosen.i;
    if (chosen.kind === "base") return data.teams[row.team].place === chosen.i;
    return true;
  }

  /* most WTE of one team in one PCN, today or proposed: both are drawn to one scale */
  function mostOf(service) {
    return Math.max.apply(null, service.staffing.map(function (row) {
      return Math.max(row[2], row[4]);
    }).concat([0.01]));
  }

  function lineWidth(value, most) {
    return 1 + 8 * (value / most);
  }

  /* a slightly bent line, so that lines there and past are told apart */
  function bow(from, to) {
    var a = map.project(from, 12);
    var b = map.project(to, 12);
    var middle = L.point((a.x + b.x) / 2 + (b.y - a.y) * 0.12, (a.y + b.y) / 2 - (b.x - a.x) * 0.12);
    var path = [];
    for (var k = 0; k <= 14; k += 1) {
      var t = k / 14;
      path.push(
        map.unproject(
          L.point(
            (1 - t) * (1 - t) * a.x + 2 * t * (1 - t) * middle.x + t * t * b.x,
            (1 - t) * (1 - t) * a.y + 2 * t * (1 - t) * middle.y + t * t * b.y,
          ),
          12,
        ),
      );
    }
    return path;
  }

  return {
    start: start,
    draw: draw,
    both: both,
    when: when,
    mostOf: mostOf,
    lineWidth: lineWidth,
    leftOut: leftOut,
    LITTLE: LITTLE,
    bow: bow,
    paper: function () {
      return here.flowPaper;
    },
    left: function () {
      return left && left.paper;
    },
  };
})(footprint);
