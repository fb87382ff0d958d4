/* Points: practices, their branch surgeries and teams' bases; what lies under a click. */
"use strict";
footprint.points = (function (f) {
  var data = f.data;
  var state = f.state;
  var ground = data.ground;
  var map;
  var dots;
  var points = { practices: [], branches: [], bases: [] };

  /* other shapes than a circle: what a point is, is told without colour */
  function shaped(trace) {
    return L.CircleMarker.extend({
      _updatePath: function () {
        var renderer = this._renderer;
        if (!renderer._drawing || this._empty()) return;
        renderer._ctx.beginPath();
        trace(renderer._ctx, this._point, this._radius);
        renderer._ctx.closePath();
        renderer._fillStroke(renderer._ctx, this);
      },
    });
  }

  /* a base */
  var Square = shaped(function (pen, p, r) {
    pen.rect(p.x - r, p.y - r, 2 * r, 2 * r);
  });

  /* a branch surgery */
  var Diamond = shaped(function (pen, p, r) {
    pen.moveTo(p.x, p.y - r);
    pen.lineTo(p.x + r, p.y);
    pen.lineTo(p.x, p.y + r);
    pen.lineTo(p.x - r, p.y);
  });

  function start(leafletMap) {
    map = leafletMap;
    dots = L.canvas({ pane: "points", padding: 0.4 });
    var plain = { renderer: dots, pane: "points", interactive: false };
    data.branches.forEach(function (branch) {
      points.branches.push(new Diamond(branch.at, plain));
    });
    data.practices.forEach(function (practice) {
      points.practices.push(L.circleMarker(practice.at, plain));
    });
    f.bases.forEach(function (base) {
      points.bases.push(new Square(base.at, plain));
    });
  }

  /* teams of a base that the present view is about */
  function teamsShown(base) {
    if (state.colour !== "service") return state.shown.bases ? base.teams : [];
    return base.teams.filter(function (team) {
      return state.shown.bases || team.service === state.service;
    });
  }

  function toggle(marker, on) {
    if (on && !map.hasLayer(marker)) marker.addTo(map);
    if (!on && map.hasLayer(marker)) marker.remove();
  }

  function style() {
    var chosen = state.chosen;
    var aPcn = chosen && chosen.kind === "pcn";
    // thousands of dots say nothing from afar
    var crowd = data.practices.length > 1500 && map.getZoom() < 9;
    var afar = f.bases.length > 150 && map.getZoom() < 8;
    var grow = Math.max(0.75, Math.min(1.5, 0.75 + (map.getZoom() - 9) * 0.18));
    var quiet = state.colour === "service" || aPcn;
    points.branches.forEach(function (marker, i) {
      var practice = practiceOf(data.branches[i]);
      var mine = aPcn && practice && practice.pcn === chosen.i;
      toggle(marker, Boolean((state.shown.branches && !crowd) || mine));
      marker.setStyle({
        fillColor: "#ffffff", color: ground.ink, weight: 1.6,
        fillOpacity: mine || !quiet ? 1 : 0.4, opacity: mine || !quiet ? 1 : 0.4,
      });
      marker.setRadius((mine ? 6 : 4.5) * grow);
    });
    points.practices.forEach(function (marker, i) {
      var practice = data.practices[i];
      var mine = aPcn && practice.pcn === chosen.i;
      var size = (1.5 + Math.sqrt(practice.list || 0) / 62) * grow;
      toggle(marker, Boolean((state.shown.practices && !crowd) || mine));
      marker.setStyle({
        fillColor: practice.pcn === null ? "#ffffff" : ground.ink,
        color: practice.pcn === null ? ground.ink : "#ffffff",
        fillOpacity: mine ? 1 : quiet ? 0.3 : 0.85, opacity: mine ? 1 : quiet ? 0.4 : 0.9,
        weight: mine ? 2 : 1,
      });
      marker.setRadius(mine ? size + 1.5 : size);
      if (mine) marker.bringToFront();
    });
    points.bases.forEach(function (marker, i) {
      var teams = teamsShown(f.bases[i]);
      var own = teams.filter(function (team) {
        return team.service === state.service && state.colour === "service";
      })[0];
      toggle(marker, teams.length > 0);
      marker.setStyle({
        fillColor: own ? own.colour : "#ffffff", fillOpacity: 1, color: ground.chosen, weight: afar ? 1 : 3,
      });
      marker.setRadius(afar ? 2.5 : own ? 8 : 5.5);
      if (teams.length) marker.bringToFront();
    });
  }

  function practiceOf(branch) {
    return branch.practice === null ? null : data.practices[branch.practice];
  }

  /* what lies under a point of the map, within a finger's reach: a base, else a surgery */
  function pick(point, reach) {
    var best = null;
    function offer(kind, i, marker) {
      if (!map.hasLayer(marker)) return;
      var away = map.latLngToContainerPoint(marker.getLatLng()).distanceTo(point);
      var edge = Math.max(reach, marker.getRadius() + 3);
      if (away <= edge && (!best || away < best.away)) best = { kind: kind, i: i, away: away };
    }
    points.bases.forEach(function (marker, i) {
      offer("base", i, marker);
    });
    if (!best) {
      points.practices.forEach(function (marker, i) {
        offer("practice", i, marker);
      });
      points.branches.forEach(function (marker, i) {
        offer("branch", i, marker);
      });
    }
    return best && { kind: best.kind, i: best.i };
  }

  return {
    start: start,
    style: style,
    pick: pick,
    practiceOf: practiceOf,
    teamsShown: teamsShown,
  };
})(footprint);
