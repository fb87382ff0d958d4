/* Which PCN is a postcode in: answered for districts and sectors, by the practices that stand there. */
"use strict";
footprint.districts = (function (f) {
  var data = f.data;
  var el = f.el;

  // where practices work: main places, and branches without a list of their own
  var places = [];
  data.practices.forEach(function (practice) {
    add(practice.postcode, practice.i, false);
  });
  data.branches.forEach(function (branch) {
    if (branch.practice !== null) add(branch.postcode, branch.practice, true);
  });

  function add(postcode, practice, branch) {
    var parts = split(postcode);
    if (parts && parts[1]) places.push({ district: parts[0], sector: parts[0] + " " + parts[1].charAt(0), practice: practice, branch: branch });
  }

  /* "st5 1qa" as ["ST5", "1QA"], "ST5" as ["ST5", ""]; null where it is no postcode */
  function split(text) {
    var close = (text || "").toUpperCase().replace(/\s+/g, "");
    var whole = /^([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9][A-Z]{2})$/.exec(close);
    if (whole) return [whole[1], whole[2]];
    if (/^[A-Z]{1,2}[0-9][0-9A-Z]?$/.test(close) && !/\s\S/.test(text.trim())) return [close, ""];
    var begun = /^([A-Z]{1,2}[0-9][0-9A-Z]?)\s*([0-9][A-Z]?)$/.exec(text.trim().toUpperCase());
    return begun ? [begun[1], begun[2]] : null;
  }

  function at(kind, code) {
    return places.filter(function (place) {
      return place[kind] === code;
    });
  }

  /*
   * Answer to a postcode, a sector or a district: what is asked, the area that the answer is about
   * and its PCNs with most patients first; null where the text is none of these.
   */
  function ask(text) {
    var parts = split(text);
    if (!parts) return null;
    var sector = parts[1] && parts[0] + " " + parts[1].charAt(0);
    var found = sector ? at("sector", sector) : [];
    var code = found.length ? sector : parts[0];
    if (!found.length) found = at("district", code);
    var living = data.districts[parts[0]] || [];
    var asked = parts[1] ? parts[0] + " " + parts[1] : parts[0];
    return { kind: "district", asked: asked, code: code, places: found, pcns: shares(found), practices: once(found), district: parts[0], living: living };
  }

  function once(found) {
    var seen = Object.create(null);
    return found
      .map(function (place) {
        return place.practice;
      })
      .filter(function (i) {
        var first = !(i in seen);
        seen[i] = true;
        return first;
      });
  }

  /* PCNs of the practices, by the lists of the main places among them */
  function shares(found) {
    var by = Object.create(null);
    var total = 0;
    found.forEach(function (place) {
      var practice = data.practices[place.practice];
      var key = practice.pcn === null ? "none" : String(practice.pcn);
      var row = (by[key] = by[key] || { pcn: practice.pcn, list: 0, practices: 0, branches: 0 });
      if (place.branch) row.branches += 1;
      else {
        row.practices += 1;
        row.list += practice.list || 0;
        total += practice.list || 0;
      }
    });
    return Object.keys(by)
      .map(function (key) {
        by[key].share = total ? by[key].list / total : null;
        return by[key];
      })
      .sort(function (a, b) {
        return b.list - a.list || (a.pcn === null) - (b.pcn === null) || a.pcn - b.pcn;
      });
  }

  function nameOf(row) {
    return row.pcn === null ? "in no PCN" : f.pcns[row.pcn].name;
  }

  /* "Newcastle South 55%, Newcastle Central 45%" */
  function said(answer) {
    if (answer.living.length)
      return answer.living.map(function (row) {
        return f.pcns[row[0]].name + " " + f.percent(row[1]);
      }).join(", ");
    if (!answer.pcns.length) return "no practice here";
    return answer.pcns
      .map(function (row) {
        return nameOf(row) + (row.list ? " " + f.percent(row.share) : "");
      })
      .join(", ");
  }

  function placesOf(row) {
    return [
      row.practices && f.plural(row.practices, "practice"),
      row.branches && f.plural(row.branches, "branch surgery", "branch surgeries"),
      row.list && f.count(row.list) + " patients",
    ]
      .filter(Boolean)
      .join(", ");
  }

  // -- what the panel says ------------------------------------------------------------------------

  /* rows of [name, share or null, words] with a bar each */
  function bars(rows) {
    return el("ol", { class: "parts" }, rows.map(function (row) {
      return el(
        "li",
        {},
        el(
          "div",
          { class: "part-words" },
          el("strong", {}, row[0], row[1] !== null && " " + f.percent(row[1])),
          el("span", { class: "bar" }, el("span", { class: "bar-fill w" + Math.round((row[1] || 0) * 20) })),
          row[2] && el("span", { class: "quiet" }, row[2]),
        ),
      );
    }));
  }

  function about(answer) {
    var inward = answer.asked !== answer.code;
    return el(
      "div",
      {},
      f.pieces.head(answer.code.indexOf(" ") > 0 ? "Postcode sector" : "Postcode district", answer.code,
        inward ? "the answer to " + answer.asked : null),
      answer.living.length > 0 && [
        el("h3", {}, "Who lives in " + answer.district),
        el("p", {}, "Of the patients who live in the patch's part of " + answer.district + ", these shares are registered with:"),
        bars(answer.living.map(function (row) {
          return [f.pieces.pcnLink(row[0]), row[1], null];
        })),
        el("p", { class: "quiet" }, "Estimated: each small area's patients are shared between its postcode districts by their number of postcodes."),
        el("h3", {}, "Who works in " + answer.code),
      ],
      el("p", { class: "headline" }, answer.pcns.length === 1 && answer.pcns[0].pcn !== null
        ? "Every practice in " + answer.code + " is of one PCN."
        : answer.pcns.length ? "Practices in " + answer.code + " are of:" : "No practice of the patch stands in " + answer.code + "."),
      bars(answer.pcns.map(function (row) {
        return [row.pcn === null ? "No PCN" : f.pieces.pcnLink(row.pcn), row.list > 0 ? row.share : null, placesOf(row)];
      })),
      answer.practices.length > 0 && el("h3", {}, f.plural(answer.practices.length, "practice") + " with a surgery here"),
      f.pieces.listOf(answer.practices.map(function (i) {
        var practice = data.practices[i];
        return [
          f.pieces.link(practice.name, { kind: "practice", i: i }),
          el("span", { class: "quiet" }, " " + practice.postcode + (practice.pcn === null ? "" : ", " + f.pcns[practice.pcn].short)),
        ];
      })),
      el("p", { class: "quiet" }, (answer.living.length ? "This part of the answer" : "This answer") + " is by where surgeries stand and how many patients their practices have, not by where patients live: "
        + "people may be registered with a practice in another district. A PCN belongs to practices, so the practice that somebody is registered with decides."),
    );
  }

  return { ask: ask, about: about, said: said };
})(footprint);
