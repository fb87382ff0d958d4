/* The page's data, its indexes, and small helps. Text from files is only ever set as text. */
"use strict";
var footprint = (function () {
  var data = JSON.parse(document.getElementById("footprint-data").textContent);
  document.documentElement.classList.add("js");

  /* rows of a table that is written column by column */
  function rows(columns) {
    var keys = Object.keys(columns);
    return keys.length
      ? columns[keys[0]].map(function (_, i) {
          var row = {};
          keys.forEach(function (key) {
            row[key] = columns[key][i];
          });
          return row;
        })
      : [];
  }

  ["pcns", "practices", "branches"].forEach(function (name) {
    data[name] = rows(data[name]);
  });
  data.pcns.concat(data.practices).forEach(function (item) {
    // written where it is another than the name in capitals
    if (item.official === null) item.official = item.name.toUpperCase();
  });
  data.pcns.forEach(function (pcn) {
    pcn.checks = rows(pcn.checks);
    pcn.parts = rows(pcn.parts);
  });

  var state = {
    colour: "verdict",
    service: null,
    when: "proposed",
    shown: {},
    chosen: null,
  };

  var pcns = data.pcns;
  var services = data.services;
  var placeOf = Object.create(null);
  pcns.forEach(function (pcn, i) {
    pcn.i = i;
    pcn.members = [];
    placeOf[pcn.code] = i;
  });
  data.practices.forEach(function (practice, i) {
    practice.i = i;
    if (practice.pcn !== null) pcns[practice.pcn].members.push(practice);
  });
  data.teams.forEach(function (team, i) {
    team.i = i;
  });
  data.branches.forEach(function (branch, i) {
    branch.i = i;
  });
  services.forEach(function (service) {
    service.teams = data.teams.filter(function (team) {
      return team.service === service.id;
    });
  });

  // teams with one base stand at one place
  var bases = [];
  var baseAt = Object.create(null);
  data.teams.forEach(function (team) {
    if (!team.at) return;
    var key = team.at.join(" ");
    if (!(key in baseAt)) {
      baseAt[key] = bases.length;
      bases.push({ i: bases.length, at: team.at, name: team.base, teams: [] });
    }
    bases[baseAt[key]].teams.push(team);
    team.place = baseAt[key];
  });

  /* branch surgeries of a practice */
  function branchesOf(i) {
    return data.branches.filter(function (branch) {
      return branch.practice === i;
    });
  }

  function serviceOf(id) {
    return (
      services.filter(function (service) {
        return service.id === id;
      })[0] || null
    );
  }

  /* rows of staff of a service: {pcn, team, wte, minutes, mark}, most staff first */
  function staffing(service, when) {
    return service.staffing
      .map(function (row) {
        return {
          pcn: row[0],
          team: row[1],
          wte: when === "today" ? row[4] : row[2],
          minutes: row[3],
          mark: row[5] || "",
        };
      })
      .filter(function (row) {
        // staff that are not shown are there all the same
        return row.wte === null || row.wte > 0;
      })
      .sort(function (a, b) {
        return b.wte - a.wte || a.team - b.team;
      });
  }

  /* place of a PCN to its lead team */
  function leads(service, when) {
    var found = {};
    // where staff are not shown, who leads is told
    if (service.leads) {
      Object.keys(service.leads[when]).forEach(function (pcn) {
        found[pcn] = data.teams[service.leads[when][pcn]];
      });
      return found;
    }
    staffing(service, when).forEach(function (row) {
      if (!(row.pcn in found)) found[row.pcn] = data.teams[row.team];
    });
    return found;
  }

  /* how teams of a service work into a PCN; null where nothing is known */
  function alignmentOf(service, i) {
    if (!service) return null;
    if (!service.byPcn) {
      service.byPcn = Object.create(null);
      service.alignment.forEach(function (each) {
        service.byPcn[each[0]] = each;
      });
    }
    var row = service.byPcn[i];
    return row ? { teams: row[1], effective: row[2], lead: row[3], share: row[4] } : null;
  }

  /* its class: 1, 2, 3, 4 teams, or more */
  function alignedOf(service, i) {
    var row = alignmentOf(service, i);
    return row && row.teams ? data.aligned[Math.min(row.teams, data.aligned.length) - 1] : null;
  }

  // -- words ------------------------------------------------------------------------------------

  var unknown = "–";

  function missing(value) {
    return value === null || value === undefined;
  }

  // one for all: a thousand PCNs have ten thousand numbers
  var english = new Intl.NumberFormat("en-GB");

  function count(value) {
    return missing(value) ? unknown : english.format(Math.round(value));
  }

  function wte(value) {
    return missing(value) ? unknown : english.format(Math.round(value * 100) / 100) + " WTE";
  }

  /* what is an estimate says so */
  function minutes(value, mark) {
    return missing(value) ? "" : value.toFixed(value < 10 ? 1 : 0) + " min" + (mark ? " (" + mark + ")" : "");
  }

  function percent(share) {
    if (missing(share)) return unknown;
    var rounded = Math.round(share * 100);
    if (rounded === 100 && share < 1) return "over 99%";
    if (rounded === 0 && share > 0) return "under 1%";
    return rounded + "%";
  }

  function plural(number, one, many) {
    return count(number) + " " + (number === 1 ? one : many || one + "s");
  }

  // -- elements ---------------------------------------------------------------------------------

  /* el("p", {class: "x", onclick: f}, "text", child, [more]) */
  function el(tag, attributes) {
    var made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (key) {
      var value = attributes[key];
      if (value === null || value === undefined || value === false) return;
      if (key.slice(0, 2) === "on") made.addEventListener(key.slice(2), value);
      else made.setAttribute(key, value === true ? "" : value);
    });
    append(made, Array.prototype.slice.call(arguments, 2));
    return made;
  }

  function append(parent, children) {
    children.forEach(function (child) {
      if (Array.isArray(child)) append(parent, child);
      else if (child !== null && child !== undefined && child !== false)
        parent.appendChild(typeof child === "object" ? child : document.createTextNode(String(child)));
    });
  }

  function clear(element) {
    while (element.firstChild) element.removeChild(element.firstChild);
    return element;
  }

  function tag(verdict) {
    return el(
      "span",
      { class: "tag tag-" + verdict.key },
      el("span", { class: "tag-mark", "aria-hidden": "true" }, verdict.mark),
      verdict.label,
    );
  }

  function verdictOf(pcn) {
    return data.verdicts[pcn.verdict];
  }

  pcns.forEach(function (pcn) {
    pcn.flags = pcn.checks.filter(function (check) {
      return check.flag;
    });
    pcn.weight = ["strong", "mild", "slight"].map(function (key) {
      return pcn.flags.filter(function (check) {
        return data.verdicts[check.verdict].key === key;
      }).length;
    });
  });

  // gravest first, as the report ranks them
  var gravity = { strong: 0, mild: 1, slight: 2, unjudged: 3, note: 4, pass: 5 };
  var inOrder = pcns.slice().sort(function (a, b) {
    return (
      gravity[verdictOf(a).key] - gravity[verdictOf(b).key] ||
      b.weight[0] - a.weight[0] ||
      b.weight[1] - a.weight[1] ||
      b.weight[2] - a.weight[2] ||
      (b.list || 0) - (a.list || 0) ||
      a.i - b.i
    );
  });

  return {
    data: data,
    state: state,
    pcns: pcns,
    services: services,
    bases: bases,
    placeOf: placeOf,
    inOrder: inOrder,
    branchesOf: branchesOf,
    serviceOf: serviceOf,
    staffing: staffing,
    leads: leads,
    alignmentOf: alignmentOf,
    alignedOf: alignedOf,
    verdictOf: verdictOf,
    count: count,
    wte: wte,
    minutes: minutes,
    percent: percent,
    plural: plural,
    el: el,
    clear: clear,
    tag: tag,
  };
})();
