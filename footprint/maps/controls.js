/* Choices: colour, service, overlays, mouse, keyboard; and the start of it all. */
"use strict";
(function (f) {
  var data = f.data;
  var state = f.state;
  var el = f.el;
  var map;
  var hover = document.getElementById("hover");
  var opener = null;

  // -- the start --------------------------------------------------------------------------------

  f.start = function (leafletMap) {
    map = leafletMap;
    var box = map.getContainer();
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Map. The list of PCNs beside it and the table below say the same.");
    box.style.backgroundColor = data.shapes.land.length ? data.ground.sea : data.ground.land;
    f.draw.start(map);
    f.labels.start(map);
    addHome();
    listenColour();
    listenOverlays();
    listenMap();
    f.find.listenSearch();
    f.find.listenTable();
    if (f.services.length) state.service = f.services[0].id;
    refresh();
    fromAddress();
    window.addEventListener("hashchange", fromAddress);
    document.documentElement.classList.add("ready");
    // when the footprints have been painted, for benchmarks
    window.requestAnimationFrame(function () {
      setTimeout(function () {
        performance.mark("footprint-shown");
      });
    });
  };

  /* a third button under plus and minus: the whole patch */
  function addHome() {
    var home = el("a", { href: "#main", role: "button", "aria-label": "Show the whole patch", title: "Show the whole patch", class: "home" }, "⤢");
    home.addEventListener("click", function (event) {
      event.preventDefault();
      event.stopPropagation();
      map.fitBounds([data.bounds.slice(0, 2), data.bounds.slice(2)], { padding: [18, 18], animate: moving() });
    });
    var bar = map.getContainer().querySelector(".leaflet-control-zoom");
    if (bar) bar.appendChild(home);
  }

  function refresh() {
    f.draw.paint();
    f.labels.place();
    f.legend.draw();
    f.panel.tell();
  }

  /* map.html#U12345 opens with that PCN chosen, #service-podiatry with that service */
  function fromAddress() {
    var text = location.hash.slice(1);
    if (text in f.placeOf) f.choose({ kind: "pcn", i: f.placeOf[text] }, { fly: true });
    else if (text.slice(0, 8) === "service-" && f.serviceOf(text.slice(8))) {
      colourByService(text.slice(8));
      refresh();
    }
  }

  function colourByService(id) {
    if (!f.serviceOf(id)) return;
    state.service = id;
    state.colour = "service";
    document.getElementById("service").value = id;
    document.getElementById("service-box").hidden = document.getElementById("when").hidden = false;
    document.querySelector('input[name="colour"][value="service"]').checked = true;
  }

  /* choose a PCN, practice, team, base or place, or nothing; draws, tells and moves there */
  f.choose = function (target, options) {
    options = options || {};
    var panel = document.getElementById("panel");
    if (target && !panel.contains(document.activeElement)) opener = document.activeElement;
    var left = state.chosen;
    state.chosen = target;
    // a team is seen by where it works
    if (target && target.kind === "team") colourByService(data.teams[target.i].service);
    refresh();
    if (options.fly && target) fly(target);
    if (options.focus) {
      var there = target ? panel : back(left) || panel;
      there.focus({ preventScroll: true });
      if (stacked() && there === panel) panel.scrollIntoView({ block: "start" });
    }
    tellOfMore();
    document.querySelectorAll("[aria-pressed]").forEach(function (each) {
      each.removeAttribute("aria-pressed");
    });
    if (target && target.kind === "pcn" && f.draw.areas[target.i]) {
      var path = f.draw.areas[target.i].getElement();
      if (path) path.setAttribute("aria-pressed", "true");
    }
  };

  /* where the panel stands below the map: a line on the map that leads to it */
  function tellOfMore() {
    var more = document.getElementById("more");
    more.hidden = !state.chosen;
    if (state.chosen) more.textContent = document.querySelector("#told h2").textContent + ": read more ↓";
  }

  /* where the keyboard was before the panel told something: the list's button or the search */
  function back(left) {
    var there = left && left.kind === "pcn" && document.querySelector('[data-choose="' + f.pcns[left.i].code + '"]');
    if (opener && opener !== document.body && document.contains(opener)) return opener;
    return there || null;
  }

  function stacked() {
    return window.matchMedia("(max-width: 68rem)").matches;
  }

  function fly(target) {
    if (target.kind === "pcn" || target.kind === "neighbour") {
      var shape = (target.kind === "pcn" ? f.pcns : data.shapes.neighbours)[target.i].shape;
      if (!shape) return;
      var box = L.geoJSON(shape).getBounds();
      // stay where one is when it can be seen well from there
      var seen = map.getBounds().contains(box);
      var big = map.getBoundsZoom(box.pad(0.3)) - map.getZoom() < 2;
      if (!seen || !big) map.fitBounds(box.pad(0.25), { maxZoom: 13, animate: moving() });
      return;
    }
    if (target.kind === "district") {
      var spots = target.practices.map(function (i) {
        return data.practices[i].at;
      });
      if (spots.length) map.fitBounds(L.latLngBounds(spots).pad(0.2), { maxZoom: 13, animate: moving() });
      return;
    }
    var at = { practice: data.practices, base: f.bases, team: data.teams, place: data.shapes.places }[target.kind][target.i].at;
    if (at) map.setView(at, Math.max(map.getZoom(), 12), { animate: moving() });
  }

  f.zoomTo = function (shape) {
    map.fitBounds(L.geoJSON(shape).getBounds().pad(0.15), { maxZoom: 15, animate: moving() });
    if (stacked()) map.getContainer().scrollIntoView({ block: "nearest" });
  };

  function moving() {
    return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  // -- what is shown ----------------------------------------------------------------------------

  function listenColour() {
    document.querySelectorAll('input[name="colour"]').forEach(function (input) {
      input.addEventListener("change", function () {
        state.colour = input.value;
        var box = document.getElementById("service-box");
        if (box) {
          box.hidden = state.colour !== "service" && state.colour !== "alignment";
          document.getElementById("when").hidden = state.colour !== "service";
        }
        refresh();
      });
    });
    var service = document.getElementById("service");
    if (service)
      service.addEventListener("change", function () {
        state.service = service.value;
        refresh();
      });
    document.querySelectorAll('input[name="when"]').forEach(function (input) {
      input.addEventListener("change", function () {
        state.when = input.value;
        refresh();
      });
    });
  }

  function listenOverlays() {
    document.querySelectorAll("#overlays label").forEach(function (label) {
      var input = label.querySelector("input");
      var needs = label.getAttribute("data-needs");
      if (needs && !(needs === "places" ? data.shapes.places.length : f.around.has(needs))) {
        label.hidden = true;
        input.checked = false;
      }
      f.draw.show(input.value, input.checked);
      input.addEventListener("change", function () {
        f.draw.show(input.value, input.checked);
        refresh();
      });
    });
  }

  function listenMap() {
    // a tap needs more reach than a mouse
    var reach = window.matchMedia("(pointer: coarse)").matches ? 18 : 7;

    /* the area under the mouse: a PCN of the patch, or a neighbour */
    function areaOf(element) {
      var code = element.getAttribute("data-pcn");
      if (code in f.placeOf) return { kind: "pcn", i: f.placeOf[code] };
      var outside = element.getAttribute("data-outside");
      return outside === null ? null : { kind: "neighbour", i: Number(outside) };
    }
    map.on("click", function (event) {
      // points lie above areas; a click on neither lets go of what was chosen
      var point = f.points.pick(event.containerPoint, reach);
      // a branch is told about with its practice
      if (point && point.kind === "branch") {
        var of = data.branches[point.i].practice;
        point = of === null ? null : { kind: "practice", i: of };
      }
      f.choose(point || areaOf(event.originalEvent.target));
    });
    map.on("mousemove", function (event) {
      var point = f.points.pick(event.containerPoint, reach);
      var over = areaOf(event.originalEvent.target);
      map.getContainer().classList.toggle("can-pick", Boolean(point || over));
      showHover(point || over, event.containerPoint);
    });
    map.on("mouseout movestart", function () {
      hover.hidden = true;
    });
    map.on("zoomend", f.draw.restyle);
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (state.chosen) f.choose(null, { focus: document.getElementById("panel").contains(document.activeElement) });
    });
  }

  /* title and line of what the mouse is on */
  function hoverWords(target) {
    if (target.kind === "practice") {
      var practice = data.practices[target.i];
      return [practice.name, f.count(practice.list) + " patients" + (practice.pcn === null ? ", in no PCN here" : ", " + f.pcns[practice.pcn].short)];
    }
    if (target.kind === "branch") {
      var branch = data.branches[target.i];
      return [branch.name || "Branch surgery", "Branch of " + branch.of];
    }
    if (target.kind === "base") return [f.bases[target.i].name, "Base of " + f.plural(f.bases[target.i].teams.length, "team")];
    if (target.kind === "neighbour") {
      var neighbour = data.shapes.neighbours[target.i];
      return [neighbour.name, "Outside the patch; " + f.around.wins(neighbour)];
    }
    return [f.pcns[target.i].name, hoverLine(f.pcns[target.i])];
  }

  function showHover(target, at) {
    hover.hidden = !target;
    if (!target) return;
    var words = hoverWords(target);
    f.clear(hover);
    hover.appendChild(el("strong", {}, words[0]));
    hover.appendChild(el("span", {}, words[1]));
    var size = map.getSize();
    var left = at.x + 16;
    var top = at.y + 16;
    if (left + hover.offsetWidth > size.x - 6) left = at.x - hover.offsetWidth - 12;
    if (top + hover.offsetHeight > size.y - 6) top = at.y - hover.offsetHeight - 12;
    hover.style.transform = "translate(" + Math.max(4, left) + "px," + Math.max(4, top) + "px)";
  }

  function hoverLine(pcn) {
    if (state.colour === "alignment") {
      var row = f.alignmentOf(f.serviceOf(state.service), pcn.i);
      return row ? f.staff.aligned(row) : "No team works here";
    }
    if (state.colour === "service") {
      var lead = f.leads(f.serviceOf(state.service), f.flows.when())[pcn.i];
      var before = state.when === "both" && f.leads(f.serviceOf(state.service), "today")[pcn.i];
      if (before && before !== lead) return "Led by " + before.name + " today, by " + (lead ? lead.name : "nobody") + " as proposed";
      return lead ? "Led by " + lead.name : "No staff";
    }
    return f.verdictOf(pcn).label + ", " + f.count(pcn.list) + " patients";
  }
})(footprint);
