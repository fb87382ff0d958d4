/* Words on the map: placed by rank, left out where they would collide or not fit. */
"use strict";
footprint.labels = (function (f) {
  var data = f.data;
  var state = f.state;
  var map;
  var group;
  var brush = document.createElement("canvas").getContext("2d");
  var font = getComputedStyle(document.body).fontFamily;

  // a town is not named a second time beside the PCN that bears its name
  var pcnNames = Object.create(null);
  f.pcns.forEach(function (pcn) {
    pcnNames[pcn.short] = true;
  });

  function start(leafletMap) {
    map = leafletMap;
    group = L.layerGroup().addTo(map);
    map.on("zoomend moveend resize", place);
  }

  /* a name in one line or two of like length */
  function lines(text, limit) {
    if (text.length <= limit) return [text];
    var best = null;
    for (var k = text.indexOf(" "); k > 0; k = text.indexOf(" ", k + 1)) {
      var longer = Math.max(k, text.length - k - 1);
      if (!best || longer < best.longer) best = { k: k, longer: longer };
    }
    return best ? [text.slice(0, best.k), text.slice(best.k + 1)] : [text];
  }

  var widths = Object.create(null);

  /* the longest line's width in pixels; measured once */
  function width(words, size, weight) {
    var key = weight + " " + size + " " + words.join("\n");
    if (!(key in widths)) {
      brush.font = weight + " " + size + "px " + font;
      widths[key] = Math.max.apply(null, words.map(function (line) {
        return brush.measureText(line).width;
      }));
    }
    return widths[key];
  }

  /* one word to place: at, lines of text, class, rank (lower first), room in px or none */
  function wanted() {
    var found = [];
    var scale = metresPerPixel();
    var chosen = state.chosen;
    var verdicts = state.colour === "verdict";
    f.pcns.forEach(function (pcn) {
      if (!pcn.at) return;
      var verdict = f.verdictOf(pcn);
      var flagged = pcn.flags.length > 0;
      var mine = chosen && chosen.kind === "pcn" && chosen.i === pcn.i;
      var numbered = pcn.parts.length > 1 && (state.shown.parts || mine);
      if (numbered) {
        pcn.parts.forEach(function (part) {
          var at = partPoint(pcn, part.part);
          if (at) {
            found.push({
              at: at, text: [String(part.part)], kind: "part", size: 13, weight: 700, rank: -2,
              pad: 10, always: mine,
            });
          }
        });
      }
      // the other parts of a flagged PCN bear its mark too
      if (flagged && verdicts && !numbered)
        pcn.parts.slice(1).forEach(function (part) {
          var at = part.share >= 0.05 && partPoint(pcn, part.part);
          if (at) found.push({ at: at, text: ["?"], kind: "pcn", size: 13, weight: 600, mark: verdict, room: 1, rank: 5 });
        });
      if (!state.shown.names && !mine) return;
      var text = lines(pcn.short, 13);
      if (state.colour === "alignment") {
        var row = f.alignmentOf(f.serviceOf(state.service), pcn.i);
        if (row && row.teams !== null) text = text.concat(f.plural(row.teams, "team"));
      }
      var room = (2.7 * pcn.radius) / scale;
      found.push({
        at: pcn.at, text: text, size: 13, weight: 600, kind: "pcn" + (mine ? " mine" : ""),
        mark: verdicts && flagged ? verdict : null, room: mine ? null : room,
        rank: mine ? -3 : flagged && verdicts ? 0 : 1, below: numbered,
        drop: state.colour === "service" ? 7 + 8 * text.length : 0,
      });
    });
    f.draw.arrows().forEach(function (arrow) {
      if (arrow.words.length) found.push({ at: arrow.at, text: arrow.words, size: 12, weight: 600, kind: "proof", rank: 0.4 });
    });
    // of one PCN every piece is named, of all together those that have a name
    var one = chosen && chosen.kind === "pcn";
    f.draw.evidenceShown().forEach(function (item) {
      if (f.draw.isGap(item) || (!one && /^(cluster|group) \d+$/.test(item.label))) return;
      var at = shapePoint(item.shape);
      if (at && item.label)
        found.push({ at: at, text: lines(item.label, 22), size: 12, weight: 600, kind: "proof", rank: 0.5 });
    });
    f.bases.forEach(function (base) {
      var teams = f.points.teamsShown(base).filter(function (team) {
        return state.colour === "service" && team.service === state.service;
      });
      if (teams.length && !(f.bases.length > 150 && map.getZoom() < 8))
        found.push({ at: base.at, text: lines(headsOf(teams), 18), size: 12, weight: 700, kind: "base", rank: -1, drop: 19 });
    });
    f.around.words().forEach(function (item) {
      found.push({ at: item.at, text: lines(item.name, 16), size: 12, weight: 500, kind: item.kind, rank: item.rank });
    });
    if (state.shown.places)
      data.shapes.places.forEach(function (item) {
        var rank = { city: 2, town: 3 }[item.kind] || 4;
        if (rank === 4 && scale > 60) return;
        if (state.shown.names && item.name in pcnNames) return;
        found.push({
          at: item.at, text: [item.name], size: rank === 2 ? 13 : 12, weight: 400, kind: "town",
          rank: rank,
        });
      });
    return found.sort(function (a, b) {
      return a.rank - b.rank;
    });
  }

  /* as the legend calls the teams of a base */
  function headsOf(teams) {
    return teams.map(function (team) {
      return team.head;
    }).join(", ");
  }

  function metresPerPixel() {
    var middle = map.getCenter();
    return (156543.03 * Math.cos((middle.lat * Math.PI) / 180)) / Math.pow(2, map.getZoom());
  }

  function ringCentre(ring) {
    var box = L.latLngBounds(ring.map(function (xy) {
      return [xy[1], xy[0]];
    }));
    return box.getCenter();
  }

  /* a point inside the largest polygon of a part: middle of its widest chord */
  function partPoint(pcn, part) {
    if (part === Math.min.apply(null, pcn.of)) return pcn.at;
    var rings = f.draw.partShape(pcn, part).coordinates.map(function (polygon) {
      return polygon[0];
    });
    if (!rings.length) return null;
    return inside(rings.sort(function (a, b) {
      return Math.abs(areaOf(b)) - Math.abs(areaOf(a));
    })[0]);
  }

  function areaOf(ring) {
    var sum = 0;
    for (var k = 1; k < ring.length; k += 1)
      sum += ring[k - 1][0] * ring[k][1] - ring[k][0] * ring[k - 1][1];
    return sum / 2;
  }

  function inside(ring) {
    var lat = ringCentre(ring).lat;
    var cuts = [];
    for (var k = 1; k < ring.length; k += 1) {
      var a = ring[k - 1];
      var b = ring[k];
      if (a[1] > lat !== b[1] > lat) cuts.push(a[0] + ((lat - a[1]) / (b[1] - a[1])) * (b[0] - a[0]));
    }
    cuts.sort(function (a, b) {
      return a - b;
    });
    var best = null;
    for (var j = 0; j + 1 < cuts.length; j += 2)
      if (!best || cuts[j + 1] - cuts[j] > best.wide)
        best = { wide: cuts[j + 1] - cuts[j], lng: (cuts[j] + cuts[j + 1]) / 2 };
    return best ? [lat, best.lng] : null;
  }

  function shapePoint(shape) {
    if (shape.type === "Point") return [shape.coordinates[1], shape.coordinates[0]];
    if (shape.type === "Polygon") return inside(shape.coordinates[0]);
    if (shape.type === "MultiPolygon") return inside(shape.coordinates[0][0]);
    if (shape.type === "MultiPoint") return [shape.coordinates[0][1], shape.coordinates[0][0]];
    var line = shape.type === "MultiLineString" ? shape.coordinates[0] : shape.coordinates;
    if (!line || !line.length || typeof line[0][0] !== "number") return null;
    var half = Math.floor(line.length / 2);
    if (line.length % 2) return [line[half][1], line[half][0]];
    var a = line[half - 1];
    var b = line[half];
    return [(a[1] + b[1]) / 2, (a[0] + b[0]) / 2];
  }

  function place() {
    if (!group) return;
    group.clearLayers();
    var taken = [];
    var frame = map.getSize();
    // among very many PCNs a mark that would cover another is left to a closer look
    var crowd = f.pcns.length > 200;
    var near = map.getZoom() >= 8;
    function free(box) {
      return taken.every(function (other) {
        return box.x2 < other.x1 || box.x1 > other.x2 || box.y2 < other.y1 || box.y1 > other.y2;
      });
    }
    function boxAt(point, wide, high) {
      return { x1: point.x - wide / 2, x2: point.x + wide / 2, y1: point.y - high / 2, y2: point.y + high / 2 };
    }
    // a base's square is never written over
    f.bases.forEach(function (base) {
      if (f.points.teamsShown(base).length) taken.push(boxAt(map.latLngToContainerPoint(base.at), 16, 16));
    });
    wanted().forEach(function (item) {
      var point = map.latLngToContainerPoint(item.at);
      if (item.drop) point = point.add([0, item.drop]);
      if (point.x < -80 || point.y < -40 || point.x > frame.x + 80 || point.y > frame.y + 40) return;
      var high = item.text.length * (item.size + 2.5) + (item.mark ? 19 : 0);
      // under the number of its part
      if (item.below) point = point.add([0, 15 + high / 2]);
      var low = !item.room || high <= item.room;
      // what is too high for its place need not be measured
      if (!low && !item.mark) return;
      var wide = low ? width(item.text, item.size, item.weight) + (item.pad || 4) : 0;
      var box = boxAt(point, wide, high);
      var fits = low && (!item.room || wide <= item.room * 1.12) && (item.always || free(box));
      if (!fits && item.mark) {
        // the name does not fit, its mark still must
        item = Object.assign({}, item, { text: [] });
        box = boxAt(point, 17, 17);
        fits = crowd ? (near || item.mark.key === "strong") && free(box) : !state.chosen || free(box);
      }
      if (!fits) return;
      taken.push(box);
      group.addLayer(
        L.marker(map.containerPointToLatLng(point), {
          pane: "words", interactive: false, keyboard: false,
          icon: L.divIcon({ className: "word-at", iconSize: [0, 0], html: word(item) }),
        }),
      );
    });
  }

  function word(item) {
    var mark = item.mark
      ? f.el("span", { class: "word-mark word-mark-" + item.mark.key }, item.mark.mark)
      : null;
    return f.el(
      "div",
      { class: "word word-" + item.kind.replace(" ", " word-"), "aria-hidden": "true" },
      mark,
      item.text.map(function (line) {
        return f.el("span", { class: "word-line" }, line);
      }),
    );
  }

  return { start: start, place: place, partPoint: partPoint };
})(footprint);
