/* The legend: explains what is seen, and changes with it. */
"use strict";
footprint.legend = (function (f) {
  var data = f.data;
  var state = f.state;
  var el = f.el;

  // teams that a legend can name
  var MANY = 24;

  function draw() {
    var box = f.clear(document.getElementById("legend"));
    function row(swatch, text, number) {
      return el("li", {}, swatch, el("span", { class: "legend-text" }, text), number !== undefined && el("span", { class: "legend-number" }, number));
    }
    function swatch(colour, mark, ink) {
      var made = el("span", { class: "swatch" + (colour === null ? " swatch-hatch" : ""), "aria-hidden": "true" }, mark || null);
      if (colour !== null) made.style.backgroundColor = colour;
      if (ink) made.style.color = ink;
      return made;
    }
    function counted(test) {
      return f.count(f.pcns.filter(test).length);
    }
    var rows = [];
    var say = "";
    if (state.colour === "verdict") {
      say = "Each area is a PCN's footprint: where more people are registered with it than with any other.";
      ["strong", "mild", "slight", "note", "pass", "unjudged"].forEach(function (key) {
        var i = data.verdicts.findIndex(function (verdict) {
          return verdict.key === key;
        });
        var number = f.pcns.filter(function (pcn) {
          return pcn.verdict === i;
        }).length;
        if (number || key === "strong" || key === "mild" || key === "pass")
          rows.push(row(swatch(key === "unjudged" ? null : data.verdicts[i].fill, data.verdicts[i].mark, data.verdicts[i].ink), data.verdicts[i].label, f.count(number)));
      });
    } else if (state.colour === "pcn") {
      say = "Colours only tell neighbours apart; one colour stands for several PCNs.";
    } else if (state.colour === "size") {
      say = "Registered patients of each PCN.";
      data.sizes.forEach(function (size, i) {
        rows.push(row(swatch(size.fill), size.label, counted(function (pcn) {
          return pcn.size === i;
        })));
      });
    } else if (state.colour === "alignment") {
      var asked = f.serviceOf(state.service);
      say = asked.name + ": how many teams it takes today to reach " + f.percent(data.reach) + " of a PCN's patients who have a team.";
      data.aligned.forEach(function (each) {
        rows.push(row(swatch(each.fill), each.label, counted(function (pcn) {
          return f.alignedOf(asked, pcn.i) === each;
        })));
      });
      rows.push(row(swatch(null), "no team, or not shown", counted(function (pcn) {
        return !f.alignedOf(asked, pcn.i);
      })));
    } else {
      var service = f.serviceOf(state.service);
      var leads = f.leads(service, f.flows.when());
      var before = state.when === "both" && f.leads(service, "today");
      function led(team) {
        var after = counted(function (pcn) {
          return leads[pcn.i] === team;
        });
        return before ? counted(function (pcn) {
          return before[pcn.i] === team;
        }) + " → " + after : after;
      }
      say = service.teams.length
        ? service.name + { today: " today: ", proposed: " as proposed: ", both: ", today left of the line, as proposed right of it: " }[state.when] + "each PCN in the colour of its lead team."
        : service.name + ": no teams are given, so there is nothing to share out. Its level and its need are beside the map.";
      if (service.teams.length > MANY)
        say += " One colour stands for several of its " + f.plural(service.teams.length, "team") + "; teams side by side differ.";
      else
        service.teams.forEach(function (team) {
          rows.push(row(swatch(team.colour), team.head, led(team)));
        });
      if (f.pcns.some(function (pcn) { return !leads[pcn.i]; }))
        rows.push(row(swatch(null), "no staff " + (state.when === "today" ? "today" : "proposed")));
      if (service.teams.length) {
        var most = f.flows.mostOf(service);
        var hidden = service.staffing.some(function (r) { return r[2] === null || r[4] === null; });
        if (most > 0.01 || !hidden) {
          rows.push(row(rule(f.flows.lineWidth(most, most)), "from base to PCN, " + f.wte(most)));
          if (!hidden) rows.push(row(rule(f.flows.lineWidth(most / 4, most)), "the same, " + f.wte(most / 4)));
        }
        if (hidden) rows.push(row(rule(f.flows.lineWidth(0, most)), "from base to PCN, staff not shown"));
        if (f.flows.leftOut(service)) say += " Lines of under " + f.flows.LITTLE + " WTE are drawn when a PCN or a team is chosen.";
      }
      if (service.level > 1 && service.groups.length)
        rows.push(row(el("span", { class: "swatch swatch-outline", "aria-hidden": "true" }), {
          today: "PCNs that one team leads today", proposed: "a group of PCNs with one team",
          both: "PCNs that one team leads today; a group as proposed",
        }[state.when]));
    }
    var signs = [];
    if (state.shown.practices)
      signs.push(row(el("span", { class: "swatch swatch-dot", "aria-hidden": "true" }), data.practices.length > 1500 ? "practice, seen from nearer; larger with its list" : "practice, larger with its list"));
    if (state.shown.branches)
      signs.push(row(el("span", { class: "swatch swatch-branch", "aria-hidden": "true" }), "branch surgery of a practice"));
    if (state.shown.bases || state.colour === "service")
      signs.push(row(el("span", { class: "swatch swatch-base", "aria-hidden": "true" }), "base of a team"));
    if (state.shown.parts || (state.chosen && state.chosen.kind === "pcn" && f.pcns[state.chosen.i].parts.length > 1))
      signs.push(row(el("span", { class: "swatch swatch-part", "aria-hidden": "true" }, "1"), "part of a PCN, most patients first"));
    if (state.shown.evidence || (state.chosen && state.chosen.kind === "pcn" && f.pcns[state.chosen.i].parts.length > 1))
      signs.push(row(el("span", { class: "swatch swatch-arrow", "aria-hidden": "true" }, "↔"), "from part to part, with the PCNs in between"));
    if (state.shown.catchments)
      signs.push(row(el("span", { class: "swatch swatch-catchment", "aria-hidden": "true" }), state.chosen && state.chosen.kind === "pcn" ? "its catchment: where most of its patients live" : "catchment: choose a PCN to see its"));
    if (f.draw.evidenceShown().length)
      signs.push(row(el("span", { class: "swatch swatch-proof", "aria-hidden": "true" }), "evidence of a flag"));
    if (data.shapes.elsewhere.length)
      signs.push(row(el("span", { class: "swatch swatch-hatch", "aria-hidden": "true" }), "mostly registered elsewhere"));
    if (state.shown.neighbours && data.shapes.neighbours.length) {
      var near = data.shapes.neighbours.map(function (neighbour) {
        return neighbour.short;
      });
      signs.push(row(swatch(data.ground.neighbour), near.length > 3 ? "PCN outside the patch" : "outside the patch: " + near.join(", "), near.length > 3 ? f.count(near.length) : undefined));
    }
    [["localities", "outline of a locality"], ["outlines", "outline for orientation"]].forEach(function (pair) {
      if (state.shown[pair[0]] && f.around.has(pair[0]))
        signs.push(row(el("span", { class: "swatch swatch-" + pair[0], "aria-hidden": "true" }), pair[1]));
    });
    box.appendChild(el("p", { class: "legend-say" }, say));
    if (rows.length) box.appendChild(el("ul", { class: state.colour === "service" ? "legend-long" : null }, rows));
    if (signs.length) box.appendChild(el("ul", { class: "legend-signs" }, signs));
  }

  function rule(height) {
    var made = el("span", { class: "swatch swatch-rule", "aria-hidden": "true" });
    made.style.height = height + "px";
    return made;
  }

  return { draw: draw };
})(footprint);
