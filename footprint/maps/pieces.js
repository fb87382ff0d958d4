/* Pieces that the panel is put together from. */
"use strict";
footprint.pieces = (function (f) {
  var data = f.data;
  var state = f.state;
  var el = f.el;

  function head(over, name, below, verdict) {
    return el(
      "div",
      { class: "panel-head" },
      el(
        "div",
        {},
        el("p", { class: "eyebrow" }, over),
        el("h2", { id: "panel-title" }, name),
        verdict && f.tag(verdict),
        below && el("p", { class: "quiet panel-below" }, below),
      ),
      state.chosen &&
        el(
          "button",
          {
            type: "button", class: "close", "aria-label": "Close, back to the overview",
            onclick: function () {
              f.choose(null, { focus: true });
            },
          },
          "×",
        ),
    );
  }

  function link(text, target, more) {
    return el(
      "button",
      {
        type: "button", class: "link",
        onclick: function () {
          f.choose(target, { focus: true, fly: true });
        },
      },
      more || null,
      text,
    );
  }

  function pcnLink(i) {
    return link(f.pcns[i].name, { kind: "pcn", i: i });
  }

  function teamLink(i) {
    return link(data.teams[i].name, { kind: "team", i: i });
  }

  function figures(rows) {
    return el(
      "dl",
      { class: "facts" },
      rows.map(function (row) {
        return el("div", {}, el("dt", {}, worded(row[0])), el("dd", {}, row[1]));
      }),
    );
  }

  /* a word with its meaning on pointing at it and on reaching it, where the glossary has it */
  function worded(text) {
    var known = data.terms.filter(function (term) {
      return term.term === text;
    })[0];
    return known ? el("abbr", { class: "term", tabindex: "0", title: known.told }, text) : text;
  }

  function zoom(text, pcn, part) {
    return el(
      "button",
      {
        type: "button", class: "button button-plain button-small",
        "aria-label": part ? "Zoom to part " + part + " of " + pcn.name : null,
        onclick: function () {
          f.zoomTo(part ? f.draw.partShape(pcn, part) : pcn.shape);
        },
      },
      text,
    );
  }

  function listOf(items) {
    return el("ul", { class: "plain" }, items.map(function (item) {
      return el("li", {}, item);
    }));
  }

  function fold(title, body, open) {
    return el("details", { open: open || null }, el("summary", {}, title), body);
  }

  function words() {
    return fold(
      "What these words mean",
      el("dl", { class: "terms" }, data.terms.map(function (term) {
        return el("div", {}, el("dt", {}, term.term), el("dd", {}, term.told));
      })),
    );
  }

  return {
    head: head,
    link: link,
    pcnLink: pcnLink,
    teamLink: teamLink,
    figures: figures,
    zoom: zoom,
    listOf: listOf,
    fold: fold,
    words: words,
  };
})(footprint);
