/* The side panel: what is chosen, in plain language; nothing chosen, the whole patch. */
"use strict";
footprint.panel = (function (f) {
  var data = f.data;
  var state = f.state;
  var el = f.el;
  var told = document.getElementById("told");
  var head = f.pieces.head;
  var link = f.pieces.link;
  var pcnLink = f.pieces.pcnLink;
  var figures = f.pieces.figures;
  var zoom = f.pieces.zoom;
  var listOf = f.pieces.listOf;
  var fold = f.pieces.fold;
  var words = f.pieces.words;

  function tell() {
    var chosen = state.chosen;
    f.clear(told);
    var made;
    if (!chosen && state.colour === "alignment") made = f.staff.aboutAlignment();
    else if (!chosen) made = state.colour === "service" ? f.staff.aboutService() : overview();
    else if (chosen.kind === "pcn") made = aboutPcn(f.pcns[chosen.i]);
    else if (chosen.kind === "practice") made = aboutPractice(data.practices[chosen.i]);
    else if (chosen.kind === "base") made = f.staff.aboutBase(f.bases[chosen.i], f.bases[chosen.i].teams);
    else if (chosen.kind === "team") made = f.staff.aboutTeam(data.teams[chosen.i]);
    else if (chosen.kind === "district") made = f.districts.about(chosen);
    else if (chosen.kind === "neighbour") made = f.around.about(data.shapes.neighbours[chosen.i]);
    else made = aboutPlace(data.shapes.places[chosen.i]);
    told.appendChild(made);
    document.getElementById("panel").scrollTop = 0;
    document.getElementById("said").textContent = chosen || state.colour === "service" || state.colour === "alignment" ? summary() : "";
  }

  /* what a screen reader hears at once; the panel itself is there to be read */
  function summary() {
    var title = told.querySelector("h2").textContent;
    var chosen = state.chosen;
    if (!chosen && state.colour === "alignment") return title + ": teams that work into each PCN";
    if (!chosen) return title + ", " + { today: "staff today", proposed: "staff as proposed", both: "staff today on the left, as proposed on the right" }[state.when];
    if (chosen.kind === "district") return title + ": " + f.districts.said(chosen);
    if (chosen.kind !== "pcn") return title;
    var flags = f.pcns[chosen.i].flags;
    return title + ": " + f.verdictOf(f.pcns[chosen.i]).label + (flags.length ? ". " + flags.map(function (check) {
      return check.evidence;
    }).join(" ") : "");
  }

  // -- the whole patch --------------------------------------------------------------------------

  function overview() {
    var flagged = f.inOrder.filter(flaggedPcn);
    var rest = f.inOrder.filter(function (pcn) {
      return !flaggedPcn(pcn);
    });
    return el(
      "div",
      {},
      head("The whole patch", flagged.length ? "Where to look first" : "No PCN is flagged"),
      chooser(flagged),
      data.findings.length > 0 && el("h3", {}, "In brief"),
      data.findings.length > 0 &&
        el("ul", { class: "findings" }, data.findings.map(function (text) {
          return el("li", {}, text);
        })),
      rest.length > 0 && el("h3", {}, flagged.length ? "The other PCNs" : "PCNs"),
      chooser(rest),
      words(),
    );
  }

  function flaggedPcn(pcn) {
    return pcn.flags.length > 0;
  }

  // so many that a hand can still run along them
  var ROOM = 60;

  /* a list of PCNs to choose from; what a long one leaves out is a button away */
  function chooser(pcns) {
    var list = choices(pcns.slice(0, ROOM));
    if (pcns.length <= ROOM) return list;
    var rest = el(
      "button",
      {
        type: "button", class: "button button-plain button-small",
        onclick: function () {
          var more = choices(pcns.slice(ROOM));
          rest.replaceWith(more);
          more.querySelector("button").focus();
        },
      },
      "Show the other " + f.count(pcns.length - ROOM),
    );
    return el("div", {}, list, rest);
  }

  function choices(pcns) {
    return el(
      "ul",
      { class: "chooser" },
      pcns.map(function (pcn) {
        var verdict = f.verdictOf(pcn);
        var flags = pcn.flags;
        return el(
          "li",
          {},
          el(
            "button",
            {
              type: "button", "data-choose": pcn.code,
              onclick: function () {
                f.choose({ kind: "pcn", i: pcn.i }, { focus: true, fly: true });
              },
            },
            el("span", { class: "word-mark word-mark-" + verdict.key, "aria-hidden": "true" }, verdict.mark),
            el(
              "span",
              { class: "chooser-name" },
              pcn.short,
              el("span", { class: "visually-hidden" }, ", " + verdict.label + ", "),
              flags.length > 0 &&
                el("span", { class: "chooser-why" }, flags.map(function (check) {
                  return check.check.toLowerCase();
                }).join(", "), el("span", { class: "visually-hidden" }, ", ")),
            ),
            el("span", { class: "chooser-size" }, f.count(pcn.list), el("span", { class: "visually-hidden" }, " patients")),
          ),
        );
      }),
    );
  }

  // -- a PCN ------------------------------------------------------------------------------------

  function aboutPcn(pcn) {
    var flags = pcn.flags;
    var others = pcn.checks.filter(function (check) {
      return !check.flag;
    });
    return el(
      "div",
      {},
      head(
        "Primary Care Network", pcn.name,
        [pcn.code, pcn.commissioner].filter(Boolean).join(" · ") +
          officially(pcn),
        f.verdictOf(pcn),
      ),
      figures([
        ["List size", f.count(pcn.list)],
        ["Practices", f.count(pcn.practices)],
        ["Retention", f.percent(pcn.retention)],
        ["Dominance", f.percent(pcn.dominance)],
      ]),
      flags.length > 0 && el("h3", {}, "Why it is flagged"),
      evidence(flags, pcn),
      pcn.shape
        ? el("p", { class: "zooms" }, zoom("Zoom to this PCN", pcn))
        : el("p", { class: "quiet" }, "This PCN has most patients in no small area, so it has no footprint to draw."),
      parts(pcn),
      f.staff.teams(pcn),
      pcn.members.length > 0 && el("h3", {}, f.plural(pcn.members.length, "practice")),
      listOf(
        pcn.members
          .slice()
          .sort(function (a, b) {
            return (b.list || 0) - (a.list || 0) || a.i - b.i;
          })
          .map(function (practice) {
            return [
              link(practice.name, { kind: "practice", i: practice.i }),
              el("span", { class: "quiet" }, " " + f.count(practice.list)),
            ];
          }),
      ),
      others.length > 0 && fold("The other checks", evidence(others, pcn)),
      words(),
    );
  }

  /* the name in the files, where it is more than the same in capitals */
  function officially(item) {
    var same = item.official.toLowerCase() === item.name.toLowerCase();
    return same ? "" : " · officially " + item.official;
  }

  /* buttons to what of a flag can be seen on the map, piece by piece */
  function pieces(check, pcn) {
    if (!check.flag || check.check === data.checks.parts) return null;
    var mine = data.shapes.evidence.filter(function (item) {
      return item.pcn === pcn.i && data.checks[item.check] === check.check;
    });
    if (!mine.length) return null;
    return el("p", { class: "piece-list" }, mine.slice(0, 12).map(function (item, k) {
      return el(
        "button",
        {
          type: "button", class: "piece", "aria-label": "Zoom to " + (item.label || "piece " + (k + 1)) + ", " + check.check.toLowerCase(),
          onclick: function () {
            f.zoomTo(item.shape);
          },
        },
        item.label || "piece " + (k + 1),
      );
    }), mine.length > 12 && el("span", { class: "quiet" }, " and " + f.count(mine.length - 12) + " more"));
  }

  function evidence(checks, pcn) {
    return el(
      "ul",
      { class: "proofs" },
      checks.map(function (check) {
        var verdict = data.verdicts[check.verdict];
        return el(
          "li",
          { class: "proof proof-" + verdict.key },
          el(
            "p",
            { class: "proof-name" },
            el("span", { class: "word-mark word-mark-" + verdict.key, "aria-hidden": "true" }, verdict.mark),
            check.check,
            el("span", { class: "quiet" }, " " + verdict.label.toLowerCase()),
          ),
          el("p", {}, check.evidence),
          pieces(check, pcn),
        );
      }),
    );
  }

  function parts(pcn) {
    if (pcn.parts.length < 2) return null;
    return [
      el("h3", {}, "Its " + pcn.parts.length + " parts"),
      el(
        "ol",
        { class: "parts" },
        pcn.parts.map(function (part) {
          return el(
            "li",
            {},
            el("span", { class: "part-number", "aria-hidden": "true" }, part.part),
            el(
              "div",
              { class: "part-words" },
              el("strong", {}, f.percent(part.share) + " of the footprint's patients"),
              el("span", { class: "bar" }, el("span", { class: "bar-fill w" + Math.round((part.share || 0) * 20) })),
              el(
                "span",
                { class: "quiet" },
                f.count(part.patients) + " people, " + f.plural(part.practices, "practice") + ", " + f.plural(part.areas, "small area") + ".",
                part.between.length > 0 && [
                  " In between: ",
                  part.between.map(function (i) {
                    return f.pcns[i].short;
                  }).join(", "),
                  ".",
                ],
              ),
            ),
            pcn.of.indexOf(part.part) >= 0 && zoom("Zoom to", pcn, part.part),
          );
        }),
      ),
    ];
  }

  // -- practices and places ----------------------------------------------------------

  function aboutPractice(practice) {
    var pcn = practice.pcn === null ? null : f.pcns[practice.pcn];
    var branches = f.branchesOf(practice.i);
    return el(
      "div",
      {},
      head(
        "Practice", practice.name,
        [practice.code, practice.postcode].filter(Boolean).join(" · ") +
          officially(practice),
      ),
      figures([["List size", f.count(practice.list)]]),
      pcn
        ? [
            el("h3", {}, "Its PCN"),
            el("p", {}, pcnLink(pcn.i)),
            el("p", {}, f.tag(f.verdictOf(pcn))),
            pcn.list > 0 && practice.list !== null &&
              el("p", {}, "It holds " + f.percent(practice.list / pcn.list) + " of the PCN's patients."),
          ]
        : el("p", {}, "This practice is in no PCN of the patch."),
      practice.spread &&
        el("p", {}, "Most of its patients live far from it, as those of a digital or a university practice may. Distances between surgeries are judged without it."),
      branches.length > 0 && el("h3", {}, f.plural(branches.length, "branch surgery", "branch surgeries")),
      listOf(branches.map(function (branch) {
        return [branch.name || "Branch", el("span", { class: "quiet" }, " " + branch.postcode)];
      })),
    );
  }

  function aboutPlace(place) {
    return el("div", {}, head({ city: "City", town: "Town", village: "Village" }[place.kind] || "Place", place.name));
  }

  return { tell: tell };
})(footprint);
