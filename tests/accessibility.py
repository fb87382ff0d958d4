"""What tests ask of a page in the browser: axe-core's findings, and the colours of its texts."""

from __future__ import annotations

import contextlib
import os
from importlib import resources

import pytest

#: WCAG 2.2 levels A and AA, and what axe-core holds for good practice beside them
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}}).then(
  found => done(found.violations.map(
    each => each.id + ': ' + each.nodes.map(node => node.html.slice(0, 120)).join(' | '))),
  fault => done(['axe-core broke: ' + fault]));
"""

#: each text's colour, its ground as painted, and whether it stands in a drawing
_TEXTS = r"""
const numbers = text => {
  const found = text.match(/[\d.]+/g).map(Number);
  return found.length < 4 ? [...found, 1] : found;
};
const over = (top, ground) =>
  [0, 1, 2].map(i => top[i] * top[3] + ground[i] * (1 - top[3])).concat(1);
const hex = colour =>
  '#' + colour.slice(0, 3).map(x => Math.round(x).toString(16).padStart(2, '0')).join('');
const found = {};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  const here = node.parentElement;
  if (!node.nodeValue.trim() || here.closest('script,style,noscript,option,title')) continue;
  const style = getComputedStyle(here);
  if (style.visibility === 'hidden') continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (box.width < 2 || box.height < 2) continue;
  let ink, ground = [255, 255, 255, 1];
  if (here.closest('svg')) {
    // what was drawn before a chart's text and lies under its middle
    ink = numbers(style.fill);
    const x = box.x + box.width / 2, y = box.y + box.height / 2, text = here.closest('text');
    for (const each of text.parentNode.children) {
      if (each === text) break;
      const area = each.getBoundingClientRect(), fill = getComputedStyle(each).fill;
      if (each.tagName === 'rect' && fill !== 'none' && area.x <= x && area.right >= x &&
          area.y <= y && area.bottom >= y) ground = over(numbers(fill), ground);
    }
  } else {
    ink = numbers(style.color);
    const grounds = [];
    for (let each = here; each; each = each.parentElement) {
      const styled = getComputedStyle(each);
      // words on the map stand in a white glow
      const glow = each.classList.contains('word') && styled.textShadow.includes('255, 255, 255');
      const bare = grounds.every(colour => colour[3] === 0);
      grounds.push(glow && bare ? [255, 255, 255, 1] : numbers(styled.backgroundColor));
      if (grounds[grounds.length - 1][3] === 1) break;
    }
    grounds.reverse().forEach(colour => { ground = over(colour, ground); });
    ink = over(ink, ground);
  }
  const key = [hex(ink), hex(ground), Boolean(here.closest('svg'))].join();
  found[key] = node.nodeValue.trim().slice(0, 40);
}
return found;
"""


def axe_source():
    """Text of axe-core, which the package selenium-axe-python brings; skips without it."""
    try:
        package = resources.files("selenium_axe_python")
    except ModuleNotFoundError:
        if os.environ.get("FOOTPRINT_REQUIRE_BROWSER"):
            pytest.fail("selenium-axe-python is required here and not installed")
        pytest.skip("axe-core is not here: pip install selenium-axe-python")
    return package.joinpath("axe-core/axe.min.js").read_text(encoding="utf-8")


def violations(page, source):
    """What axe-core finds wrong with the page as it now is."""
    page.set_script_timeout(60)
    page.execute_script(source)
    return page.execute_async_script(_RUN, list(TAGS))


def texts(page):
    """A text by (ink, ground, drawn): one of each pair of colours that is painted."""
    return {
        (ink, ground, drawn == "true"): text
        for key, text in page.execute_script(_TEXTS).items()
        for ink, ground, drawn in [key.split(",")]
    }


@contextlib.contextmanager
def wide(page, width, height=900):
    """Let the window be ``width`` pixels wide for a while."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        yield page
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
