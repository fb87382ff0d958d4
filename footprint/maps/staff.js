/* The panel's words on teams: of a PCN, from a base, and of a whole service. */
"use strict";
footprint.staff = (function (f) {
  var data = f.data;
  var state = f.state;
  var el = f.el;
  var head = f.pieces.head;
  var pcnLink = f.pieces.pcnLink;
  var teamLink = f.pieces.teamLink;
  var figures = f.pieces.figures;
  var listOf = f.pieces.listOf;
  var words = f.pieces.words;

  // -- of a PCN ---------------------------------------------------------------------------------

  function staffCell(service, when, i) {
    var rows = f.staffing(service, when).filter(function (row) {
      return row.pcn === i;
    });
    if (!rows.length) return el("td", {}, service.teams.length ? "none" : "no teams given");
    return el("td", {}, rows.map(function (row) {
      return el(
        "div",
        { class: "staff" },
        teamLink(row.team),
        el("span", { class: "quiet" }, f.wte(row.wte) + (f.minutes(row.minutes, row.mark) ? ", " + f.minutes(row.minutes, row.mark) : "")),
      );
    }));
  }

  /* the others of a group by name, or their number where the names would fill the panel */
  function others(group, pcn) {
    var rest = group.pcns.filter(function (i) {
      return i !== pcn.i;
    });
    if (rest.length > 8) return f.count(rest.length) + " other PCNs";
    return rest
      .map(function (i) {
        return f.pcns[i].short;
      })
      .join(", ");
  }

  function teams(pcn) {
    if (!f.services.length) return null;
    return [
      el("h3", {}, "Community teams"),
      f.services.map(function (service) {
        var need = service.need.filter(function (row) {
          return row[0] === pcn.i;
        })[0];
        var unmet = service.unmet.filter(function (row) {
          return row[0] === pcn.i;
        });
        var group = service.groups.filter(function (each) {
          return each.pcns.indexOf(pcn.i) >= 0;
        })[0];
        return el(
          "div",
          { class: "service-card" },
          el(
            "h4",
            {},
            service.name,
            el("span", { class: "quiet" }, " Level " + service.level + (need ? ", needs " + f.wte(need[1]) : "")),
          ),
          service.teams.length > 0
            ? el(
                "table",
                { class: "then-now" },
                el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Today"), el("th", { scope: "col" }, "Proposed"))),
                el("tbody", {}, el("tr", {}, staffCell(service, "today", pcn.i), staffCell(service, "proposed", pcn.i))),
              )
            : el("p", { class: "quiet" }, "No teams are given for this service."),
          group &&
            group.pcns.length > 1 &&
            el("p", { class: "quiet" }, "Grouped with " + others(group, pcn) + " (" + f.count(group.population) + " people)."),
          unmet.map(function (row) {
            return row[1] > 0 && el("p", { class: "unmet" }, f.wte(row[1]) + " of its need stay unmet. " + row[2]);
          }),
        );
      }),
    ];
  }

  // -- of a base --------------------------------------------------------------------------------

  function aboutBase(base, teamsHere) {
    return el(
      "div",
      {},
      head("Team base", base.name, f.plural(teamsHere.length, "team works", "teams work") + " from here"),
      teamsHere.map(function (team) {
        return teamCard(team, true);
      }),
    );
  }

  function aboutTeam(team) {
    var service = f.serviceOf(team.service);
    return el(
      "div",
      {},
      head("Community team", team.name, [service ? service.name : "", team.base].filter(Boolean).join(" · ")),
      teamCard(team, false),
      !team.at && el("p", { class: "quiet" }, "Its base has no place on the map."),
    );
  }

  function teamCard(team, titled) {
    var service = f.serviceOf(team.service);
    function side(when) {
      var rows = service
        ? f.staffing(service, when).filter(function (row) {
            return row.team === team.i;
          })
        : [];
      return el("td", {}, rows.length
        ? rows.map(function (row) {
            return el("div", { class: "staff" }, pcnLink(row.pcn), el("span", { class: "quiet" }, f.wte(row.wte) + (f.minutes(row.minutes, row.mark) ? ", " + f.minutes(row.minutes, row.mark) : "")));
          })
        : "none");
    }
    return el(
      "div",
      { class: "service-card" },
      titled && el("h3", {}, team.name),
      titled && service && el("p", { class: "quiet" }, service.name),
      figures([["Staff", f.wte(team.wte)], ["Level", service ? service.level : "–"]]),
      el(
        "table",
        { class: "then-now" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Today serves"), el("th", { scope: "col" }, "Proposed"))),
        el("tbody", {}, el("tr", {}, side("today"), side("proposed"))),
      ),
    );
  }

  // -- a service --------------------------------------------------------------------------------

  /* the table of the report: what is counted, today, proposed */
  function beside(service) {
    if (!service.beside.length) return null;
    return el(
      "table",
      { class: "beside" },
      el("caption", { class: "visually-hidden" }, service.name + ": today and proposed"),
      el("thead", {}, el("tr", {}, el("td", {}), el("th", { scope: "col" }, "Today"), el("th", { scope: "col" }, "Proposed"))),
      el("tbody", {}, service.beside.map(function (row) {
        return el("tr", {}, el("th", { scope: "row" }, row[0]), el("td", {}, row[1]), el("td", {}, row[2]));
      })),
    );
  }

  /* all that was found, for who wants to read it */
  function inWords(service) {
    var more = service.headline !== service.brief;
    if (!more && !service.sentences.length) return null;
    var all = [
      more && el("p", {}, service.headline),
      service.sentences.length > 0 &&
        el("ul", { class: "findings" }, service.sentences.map(function (text) {
          return el("li", {}, text);
        })),
    ];
    return more ? f.pieces.fold("The proposal in words", all) : all;
  }

  function aboutService() {
    var service = f.serviceOf(state.service);
    return el(
      "div",
      {},
      head("Service, level " + service.level, service.name),
      figures(service.facts),
      el("p", { class: "headline" }, service.brief),
      beside(service),
      service.warning && el("p", { class: "unmet" }, service.warning),
      inWords(service),
      changes(service),
      el("h3", {}, "Why level " + service.level),
      el("p", {}, service.why.replace(/^Level \d\.\s*/, "")),
      service.groups.length > 0 && [
        el("h3", {}, f.plural(service.groups.length, "group") + " of PCNs, proposed"),
        service.groups.map(function (group) {
          return el(
            "div",
            { class: "service-card" },
            el(
              "h4",
              {},
              group.team === null || group.team === undefined ? "No team" : data.teams[group.team].name,
              el("span", { class: "quiet" }, " " + f.count(group.population) + " people"),
            ),
            listOf(group.pcns.map(pcnLink)),
          );
        }),
      ],
      service.groups.length === 0 && service.teams.length > 0 && [
        el("h3", {}, f.plural(service.teams.length, "team")),
        listOf(service.teams.map(function (team) {
          return [teamLink(team.i), el("span", { class: "quiet" }, " " + f.wte(team.wte))];
        })),
      ],
      words(),
    );
  }

  // -- how teams line up with PCNs ------------------------------------------------------------------

  /* "4 teams reach 95%; Alpha leads with 41%" */
  function aligned(row) {
    var lead = row.lead === null || row.lead === undefined ? "" : data.teams[row.lead].name;
    var told = row.teams === null ? "" : f.plural(row.teams, "team reaches", "teams reach") + " " + f.percent(data.reach) + " of its patients who have a team";
    return [told, lead && lead + " leads" + (row.share === null ? "" : " with " + f.percent(row.share))].filter(Boolean).join("; ");
  }

  function aboutAlignment() {
    var service = f.serviceOf(state.service);
    var rows = f.pcns
      .map(function (pcn) {
        return { pcn: pcn, row: f.alignmentOf(service, pcn.i) };
      })
      .filter(function (each) {
        return each.row;
      })
      .sort(function (a, b) {
        return (b.row.teams || 0) - (a.row.teams || 0) || (b.row.effective || 0) - (a.row.effective || 0) || a.pcn.i - b.pcn.i;
      });
    var single = rows.filter(function (each) {
      return each.row.teams === 1;
    }).length;
    return el(
      "div",
      {},
      head("How teams line up with PCNs today", service.name, "most teams first"),
      rows.length > 0
        ? el("p", { class: "headline" }, f.count(single) + " of " + f.plural(rows.length, "PCN") + " " + (rows.length === 1 ? "has" : "have") + " one team for nearly all of their patients who have a team; a practice of the others deals with several.")
        : el("p", { class: "headline" }, "No team of this service works into a PCN of the patch."),
      listOf(rows.slice(0, 60).map(function (each) {
        return [pcnLink(each.pcn.i), el("span", { class: "quiet then-to" }, aligned(each.row))];
      })),
      rows.length > 60 && el("p", { class: "quiet" }, "and " + f.count(rows.length - 60) + " more, on the map and in the report."),
      words(),
    );
  }

  /* PCNs that would get another lead team */
  function changes(service) {
    var before = f.leads(service, "today");
    var after = f.leads(service, "proposed");
    var moved = f.pcns.filter(function (pcn) {
      return before[pcn.i] && after[pcn.i] && before[pcn.i] !== after[pcn.i];
    });
    if (!service.teams.length) return null;
    return [
      el("h3", {}, "What would change"),
      moved.length === 0
        ? el("p", {}, "Every PCN would keep the lead team that it has.")
        : el("p", {}, f.plural(moved.length, "PCN") + " would have another lead team:"),
      listOf(moved.map(function (pcn) {
        return [
          pcnLink(pcn.i),
          el("span", { class: "quiet then-to" }, before[pcn.i].name + " → " + after[pcn.i].name),
        ];
      })),
    ];
  }

  return { teams: teams, aboutBase: aboutBase, aboutTeam: aboutTeam, aboutService: aboutService, aboutAlignment: aboutAlignment, aligned: aligned };
})(footprint);
