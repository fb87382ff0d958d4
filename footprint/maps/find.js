/* Finding: the search box and the table below the map. */
"use strict";
footprint.find = (function (f) {
  var data = f.data;
  var el = f.el;

  // -- search -----------------------------------------------------------------------------------

  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/\s+/g, " ").toLowerCase();
  }

  function listenSearch() {
    var box = document.getElementById("search");
    var list = document.getElementById("found");
    var heard = document.getElementById("heard");
    var at = -1;
    var found = [];
    var all = [];
    f.pcns.forEach(function (pcn) {
      all.push({ name: pcn.name, more: "PCN " + pcn.code, match: plain([pcn.name, pcn.official, pcn.code].join(" ")), target: { kind: "pcn", i: pcn.i } });
    });
    data.practices.forEach(function (practice) {
      all.push({ name: practice.name, more: "practice " + (practice.pcn === null ? "in no PCN here" : "in " + f.pcns[practice.pcn].name), match: plain([practice.name, practice.official, practice.code, practice.postcode].join(" ")), target: { kind: "practice", i: practice.i } });
    });
    data.teams.forEach(function (team) {
      all.push({ name: team.name, more: "team, " + team.base, match: plain([team.name, team.base].join(" ")), target: { kind: "team", i: team.i } });
    });
    data.branches.forEach(function (branch) {
      if (branch.practice !== null && branch.name)
        all.push({ name: branch.name, more: "branch of " + branch.of + inPcn(data.practices[branch.practice]), match: plain([branch.name, branch.postcode].join(" ")), target: { kind: "practice", i: branch.practice } });
    });
    data.shapes.neighbours.forEach(function (neighbour, i) {
      all.push({ name: neighbour.name, more: "PCN outside the patch", match: plain([neighbour.name, neighbour.code].join(" ")), target: { kind: "neighbour", i: i } });
    });
    data.shapes.places.forEach(function (place, i) {
      all.push({ name: place.name, more: place.kind, match: plain(place.name), target: { kind: "place", i: i } });
    });

    function inPcn(practice) {
      return practice.pcn === null ? "" : ", in " + f.pcns[practice.pcn].name;
    }

    /* a postcode's own answer, and its PCNs one by one */
    function answers(text) {
      var answer = f.districts.ask(text);
      if (!answer) return [];
      if (!answer.places.length && !answer.living.length) return [{ name: answer.asked, more: "no practice of the patch stands in this district", none: true }];
      var some = answer.pcns.filter(function (row) {
        return row.pcn !== null;
      });
      var lives = answer.living.map(function (row) {
        return {
          name: f.pcns[row[0]].name,
          more: "PCN of " + f.percent(row[1]) + " of the patients who live in " + answer.district,
          target: { kind: "pcn", i: row[0] },
        };
      });
      return [
        { name: answer.code, more: "which PCNs? " + f.districts.said(answer), target: answer },
      ].concat(lives.length ? lives : some.map(function (row) {
        return {
          name: f.pcns[row.pcn].name,
          more: "PCN, " + (row.list ? f.percent(row.share) + " of the patients of practices in " : "works in ") + answer.code,
          target: { kind: "pcn", i: row.pcn },
        };
      }));
    }

    function close() {
      list.hidden = true;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
      heard.textContent = "";
      at = -1;
    }

    function mark(next) {
      var options = list.querySelectorAll('[role="option"]');
      if (!options.length) return;
      at = (next + options.length) % options.length;
      options.forEach(function (option, k) {
        option.setAttribute("aria-selected", k === at ? "true" : "false");
      });
      box.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    }

    function take(item) {
      close();
      box.value = item.name;
      f.choose(item.target, { fly: true, focus: true });
    }

    function look() {
      var text = plain(box.value.trim());
      f.clear(list);
      found = [];
      if (!text) return close();
      var special = answers(box.value);
      var none = special.filter(function (item) {
        return item.none;
      });
      found = special
        .filter(function (item) {
          return !item.none;
        })
        .concat(all.filter(function (item) {
          return item.match.indexOf(text) >= 0;
        }))
        .slice(0, 12 + special.length);
      heard.textContent = found.length ? f.plural(found.length, "finding") + ": " + found[0].name + ", " + found[0].more : "Nothing by that name";
      found.forEach(function (item, k) {
        list.appendChild(
          el(
            "li",
            {
              role: "option", id: "found-" + k, "aria-selected": "false",
              onmousedown: function (event) {
                event.preventDefault();
                take(item);
              },
            },
            el("span", {}, item.name),
            el("span", { class: "quiet" }, item.more),
          ),
        );
      });
      none.forEach(function (item) {
        list.appendChild(el("li", { class: "quiet", role: "option", "aria-disabled": "true", "aria-selected": "false" }, item.name + ": " + item.more));
      });
      if (!found.length && !none.length) list.appendChild(el("li", { class: "quiet", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing by that name"));
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      at = -1;
    }

    box.addEventListener("input", look);
    box.addEventListener("blur", close);
    box.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) look();
        if (found.length) mark(at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1));
      } else if (event.key === "Enter" && found.length) {
        event.preventDefault();
        take(found[Math.max(at, 0)]);
      } else if (event.key === "Escape" && (!list.hidden || box.value)) {
        event.preventDefault();
        box.value = "";
        close();
      }
    });
  }

  // -- the table --------------------------------------------------------------------------------

  /* lead teams of each PCN, in tables so long that the page came without them */
  function fillLeads(cells) {
    cells.forEach(function (cell) {
      var i = Number(cell.getAttribute("data-leads"));
      var found = f.services
        .map(function (service) {
          var row = f.alignmentOf(service, i);
          return row && data.teams[row.lead] && service.name + ": " + f.staff.aligned(row);
        })
        .filter(Boolean);
      f.clear(cell);
      cell.appendChild(el("details", { class: "leads" },
        el("summary", {}, f.plural(found.length, "service")),
        el("ul", {}, found.map(function (text) {
          return el("li", {}, text);
        }))));
    });
  }

  function listenTable() {
    var table = document.getElementById("pcn-table");
    var later = Array.prototype.slice.call(table.querySelectorAll("[data-leads]"));
    if (later.length) {
      var watch = new IntersectionObserver(function (entries) {
        if (!entries[0].isIntersecting) return;
        watch.disconnect();
        fillLeads(later);
      });
      watch.observe(table);
    }
    var body = table.tBodies[0];
    table.querySelectorAll("button[data-pcn], button[data-outside]").forEach(function (button) {
      var kind = button.hasAttribute("data-pcn") ? "pcn" : "neighbour";
      var i = Number(button.getAttribute(kind === "pcn" ? "data-pcn" : "data-outside"));
      button.addEventListener("click", function () {
        f.choose({ kind: kind, i: i }, { fly: true, focus: true });
        document.querySelector(".stage").scrollIntoView({ block: "start" });
      });
    });
    table.querySelectorAll("thead th button").forEach(function (button) {
      button.addEventListener("click", function () {
        var head = button.parentNode;
        var way = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        var k = head.cellIndex;
        var numbers = k > 0;
        table.querySelectorAll("thead th[aria-sort]").forEach(function (other) {
          other.setAttribute("aria-sort", "none");
        });
        head.setAttribute("aria-sort", way);
        var sign = way === "ascending" ? 1 : -1;
        Array.prototype.slice
          .call(body.rows)
          .map(function (tr, i) {
            var text = tr.cells[k].getAttribute("data-sort");
            return { tr: tr, i: i, key: numbers ? parseFloat(text) : plain(text) };
          })
          .sort(function (a, b) {
            // what is not known comes last either way
            if (numbers && isNaN(a.key) !== isNaN(b.key)) return isNaN(a.key) ? 1 : -1;
            if (a.key === b.key || (numbers && isNaN(a.key))) return a.i - b.i;
            return (a.key < b.key ? -1 : 1) * sign;
          })
          .forEach(function (entry) {
            body.appendChild(entry.tr);
          });
      });
    });
  }

  return { listenSearch: listenSearch, listenTable: listenTable };
})(footprint);
