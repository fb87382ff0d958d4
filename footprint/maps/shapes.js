/* Shapes out of letters and arcs, as GeoJSON; each when it is first asked for. */
"use strict";
footprint.shapes = (function (f) {
  var data = f.data;
  var arcs = [];
  var value = {};
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".split("").forEach(function (letter, i) {
    value[letter.charCodeAt(0)] = i;
  });

  /* corners of a line: longitude and latitude */
  function line(letters) {
    var found = [];
    var at = [0, 0];
    var which = 0;
    var number = 0;
    var shift = 0;
    for (var k = 0; k < letters.length; k += 1) {
      var bits = value[letters.charCodeAt(k)];
      number |= (bits & 31) << shift;
      shift += 5;
      if (bits & 32) continue;
      at[which] += number & 1 ? ~(number >> 1) : number >> 1;
      if (which) found.push([at[0] / 1e5, at[1] / 1e5]);
      which = 1 - which;
      number = shift = 0;
    }
    return found;
  }

  function deep(coded) {
    if (typeof coded === "string") return line(coded);
    return Array.isArray(coded) ? coded.map(deep) : coded;
  }

  function geometry(coded) {
    return coded && { type: coded.type, coordinates: deep(coded.coordinates) };
  }

  function arc(i) {
    if (!arcs[i]) arcs[i] = line(data.arcs[i]);
    return arcs[i];
  }

  function ring(places) {
    var found = [];
    places.forEach(function (i) {
      var corners = i < 0 ? arc(~i).slice().reverse() : arc(i);
      // one arc ends where the next begins
      found.push.apply(found, found.length ? corners.slice(1) : corners);
    });
    return found;
  }

  function footprint(rings) {
    return rings && { type: "MultiPolygon", coordinates: rings.map(function (polygon) {
      return polygon.map(ring);
    }) };
  }

  /* the line around several footprints: borders that only one of them has */
  function around(list) {
    var uses = Object.create(null);
    list.forEach(function (rings) {
      (rings || []).forEach(function (polygon) {
        polygon.forEach(function (places) {
          places.forEach(function (i) {
            var key = i < 0 ? ~i : i;
            uses[key] = (uses[key] || 0) + 1;
          });
        });
      });
    });
    var open = Object.keys(uses).map(Number).filter(function (i) {
      return uses[i] === 1;
    });
    return { type: "MultiLineString", coordinates: joined(open.map(arc)) };
  }

  /* arcs put together end to end, so that a line's corners are round and its dashes even */
  function joined(lines) {
    var from = Object.create(null);
    var left = lines.slice();
    function key(corner) {
      return corner[0] + " " + corner[1];
    }
    left.forEach(function (corners, k) {
      [corners[0], corners[corners.length - 1]].forEach(function (end) {
        (from[key(end)] = from[key(end)] || []).push(k);
      });
    });
    var found = [];
    left.forEach(function (start, k) {
      if (!left[k]) return;
      left[k] = null;
      var path = start.slice();
      for (;;) {
        var tail = path[path.length - 1];
        var next = from[key(tail)].filter(function (i) {
          return left[i];
        })[0];
        if (next === undefined) break;
        var more = left[next];
        left[next] = null;
        if (key(more[0]) !== key(tail)) more = more.slice().reverse();
        path.push.apply(path, more.slice(1));
      }
      found.push(path);
    });
    return found;
  }

  /* a shape that is put together when it is first looked at */
  function lazy(item, make) {
    var made;
    var done = false;
    Object.defineProperty(item, "shape", {
      enumerable: true,
      get: function () {
        if (!done) made = make();
        done = true;
        return made;
      },
    });
  }

  var near = data.shapes.neighbours;
  var all = f.pcns.concat(near).map(function (item) {
    var rings = item.shape;
    lazy(item, function () {
      return footprint(rings);
    });
    return rings;
  });
  f.services.forEach(function (service) {
    service.groups.forEach(function (group) {
      lazy(group, function () {
        return around(group.pcns.map(function (i) {
          return all[i];
        }));
      });
    });
  });
  data.shapes.evidence.forEach(function (item) {
    var coded = item.shape;
    lazy(item, function () {
      return geometry(coded);
    });
  });

  return {
    geometry: geometry,
    /* the line around several PCNs, by their places in the list */
    around: function (places) {
      return around(places.map(function (i) {
        return all[i];
      }));
    },
    /* shapes of a layer of the page's data */
    layer: function (coded) {
      return coded.map(geometry);
    },
    outline: function () {
      return around(all);
    },
  };
})(footprint);
