"""Strings that do harm where text is taken for more: a corpus, kind by kind."""

from __future__ import annotations

#: products that no page may hold: who finds one has found an expression that was worked out
WORKED_OUT = ("9359", "1337133713371337133713371337", "28672")

#: what a script that runs leaves on the window
MARK = "hacked"

_TEMPLATES = """
{{ 1337*7 }}
{{1337*7}}
{{ '1337'*7 }}
{{ [].__class__.__base__.__subclasses__() }}
{{ cycler.__init__.__globals__.os.popen('touch TARGET').read() }}
{{ self.__init__.__globals__.__builtins__.__import__('os').system('touch TARGET') }}
{{ lipsum.__globals__['os'].popen('touch TARGET').read() }}
{{ request.application.__globals__.__builtins__.open('TARGET','w') }}
{{ config.items() }}
{{ content.settings }}
{{ this.get_name() }}
{{ kwargs }}
{%- raw -%}
{% raw %}
{% endraw %}
{% include 'shell.html' %}
{% extends "map.html" %}
{% import 'os' as os %}{{ os.system('touch TARGET') }}
{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}
{% set x = 4096*7 %}{{ x }}
{% macro script(this, kwargs) %}window.hacked=1{% endmacro %}
{# a comment that never ends
{# hidden #}shown
#}
}}
{{
{%
%}
# for line in lines
{{{ 1337*7 }}}
{{{{ 1337*7 }}}}
<%= 1337*7 %>
<% system('touch TARGET') %>
<?php system('touch TARGET'); ?>
<?= 1337*7 ?>
#{1337*7}
#set($x=1337*7)$x
@(1337*7)
[[${1337*7}]]
*{1337*7}
~{fragment}
%{1337*7}
$((1337*7))
$(touch TARGET)
`touch TARGET`
; touch TARGET ;
| touch TARGET |
&& touch TARGET &&
' ; touch TARGET ; '
${1337*7}
${alert(1)}
${window.hacked=1}
`${window.hacked=1}`
\\${window.hacked=1}
${{1337*7}}
%s%s%s%n
%(name)s %(x)d
{0} {name} {} {!r}
{0.__class__.__init__.__globals__}
{settings.__class__}
$x^2$ \\frac{1}{0}
\\input{/etc/passwd}
$\\int$ $ $$ $
"""

_SCRIPTS = """
<script>window.hacked=1</script>
</script><script>window.hacked=1</script>
</SCRIPT ><SCRIPT>window.hacked=1</SCRIPT>
<script/src=data:,window.hacked=1></script>
<script src="https://example.org/x.js"></script>
<scr<script>ipt>window.hacked=1</scr</script>ipt>
<script type="module">window.hacked=1</script>
<script type="application/json" id="footprint-data">{}</script>
<script>/*
*/window.hacked=1</script>
<!--<script>
--><script>window.hacked=1</script>
--!><img src=x onerror=window.hacked=1>
<![CDATA[<script>window.hacked=1</script>]]>
]]><script>window.hacked=1</script>
</textarea><script>window.hacked=1</script>
</title><script>window.hacked=1</script>
</style><script>window.hacked=1</script>
</noscript><script>window.hacked=1</script>
</template><script>window.hacked=1</script>
</svg><script>window.hacked=1</script>
</td></tr></table><script>window.hacked=1</script>
</option></select><script>window.hacked=1</script>
</main></body></html><script>window.hacked=1</script>
<img src=x onerror=window.hacked=1>
<img src=x onerror="window.hacked=1">
<img src='x' onerror='alert(1)'>
<IMG SRC=x ONERROR=window.hacked=1>
<img/src/onerror=window.hacked=1>
"><img src=x onerror=window.hacked=1>
'><img src=x onerror=window.hacked=1>
`><img src=x onerror=window.hacked=1>
<svg onload=window.hacked=1>
<svg/onload=window.hacked=1>
<svg><script>window.hacked=1</script></svg>
<svg><script href="data:,window.hacked=1"/></svg>
<svg><animate onbegin=window.hacked=1 attributeName=x dur=1s>
<svg><set onbegin=window.hacked=1 attributename=x>
<svg><foreignObject><body onload=window.hacked=1></foreignObject></svg>
<math><mtext><table><mglyph><style><img src=x onerror=window.hacked=1>
<body onload=window.hacked=1>
<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>
<iframe src="javascript:parent.hacked=1"></iframe>
<object data="data:text/html,<script>parent.hacked=1</script>"></object>
<embed src="data:text/html,<script>parent.hacked=1</script>">
<details open ontoggle=window.hacked=1>
<input autofocus onfocus=window.hacked=1>
<select autofocus onfocus=window.hacked=1>
<video><source onerror=window.hacked=1></video>
<audio src=x onerror=window.hacked=1></audio>
<marquee onstart=window.hacked=1>x</marquee>
<a href="javascript:window.hacked=1">x</a>
<a href="JaVaScRiPt:window.hacked=1">x</a>
<a href="&#106;avascript:window.hacked=1">x</a>
<form action="javascript:window.hacked=1"><button>x</button></form>
<button formaction="javascript:window.hacked=1">x</button>
<base href="https://example.org/">
<link rel=stylesheet href="https://example.org/x.css">
<link rel=import href="https://example.org/x.html">
<meta http-equiv="Content-Security-Policy" content="script-src *">
<meta charset="utf-7">+ADw-script+AD4-window.hacked=1+ADw-/script+AD4-
" onmouseover="window.hacked=1
' onmouseover='window.hacked=1
" autofocus onfocus=window.hacked=1 x="
" style="position:fixed;inset:0" onmouseover="window.hacked=1
x" tabindex=1 onfocus=window.hacked=1 autofocus "
";window.hacked=1;//
';window.hacked=1;//
\\";window.hacked=1;//
\\u003cscript\\u003ewindow.hacked=1\\u003c/script\\u003e
\\x3cscript\\x3ewindow.hacked=1\\x3c/script\\x3e
&lt;script&gt;window.hacked=1&lt;/script&gt;
&#60;script&#62;window.hacked=1&#60;/script&#62;
&#x3c;img src=x onerror=window.hacked=1&#x3e;
%3Cscript%3Ewindow.hacked=1%3C/script%3E
javascript:window.hacked=1
data:text/html,<script>parent.hacked=1</script>
vbscript:msgbox(1)
__proto__
constructor
prototype
hasOwnProperty
toString
window.hacked=1
eval('window.hacked=1')
{"__proto__": {"hacked": 1}}
[object Object]
undefined
null
NaN
true
"""

_STYLES = """
<style>*{display:none}</style>
<style>@import 'https://example.org/x.css';</style>
</style><style>body{visibility:hidden}
<div style="background:url(https://example.org/x.png)">
<div style="width:expression(window.hacked=1)">
<p style="position:fixed;top:0;left:0;width:100%;height:100%;background:red">
};body{display:none}/*
*/body{display:none}
;background:url(https://example.org/x.png);
red;}</style><script>window.hacked=1</script>
url(javascript:window.hacked=1)
@import url(https://example.org/x.css);
\\3c script\\3e
--ink: url(https://example.org/x)
!important
"""

_ADDRESSES = """
http://example.org/
https://example.org/?q=<script>alert(1)</script>
//example.org/x.js
ftp://example.org/x
file:///etc/passwd
\\\\server\\share\\x
mailto:x@example.org?subject=<b>
http://[::1]/
https://user:pass@example.org:8443/
internal:'Start here'!A1
external:C:\\x.xlsx
www.example.org
https://example.org/%00
tel:+44
"""

_FORMULAS = """
=1337*7
=1+1
=HYPERLINK("http://example.org","x")
=cmd|' /C calc'!A0
=DDE("cmd";"/C calc";"x")
=IMPORTXML("http://example.org","//a")
=WEBSERVICE("http://example.org")
=INDIRECT("A1")
=RTD("x",,"y")
@SUM(1+1)*cmd|' /C calc'!A0
+1337*7
+cmd|' /C calc'!A0
-1+1
-2+3+cmd|' /C calc'!A0
=+1
=-1
==1
'=1+1
"=1+1"
;=1+1
,=1+1
{=SUM(A1)}
%0A=1+1
=A1&CHAR(10)
_x0041_ _x000D_
1E400
0x1F
00012
1-2
3/4
"""

_PATHS = """
../../../../TARGET
..\\..\\..\\TARGET
/etc/passwd
/TARGET
~/TARGET
C:\\Windows\\win.ini
CON
PRN.txt
aux
nul.csv
.
..
...
index.html
tables/../../x
stills/service-x.png
x\\..\\..\\y
%2e%2e%2fTARGET
file.csv::$DATA
*?<>|:
-rf
--help
--out=/tmp
$HOME/TARGET
a;b&c
name with  two spaces
.hidden
trailing.
"""

#: signs that cannot be seen, turn a line round, or steer a terminal
_SIGNS = (
    "\u202egnp.exe",
    "\u2066isolate\u2069 \u202dleft\u202c",
    "zero\u200bwidth\u200cjoin\u200der",
    "\ufeffmark at the front",
    "soft\u00adhyphen",
    "line\u2028separator",
    "paragraph\u2029separator",
    "next\x85line",
    "no\u00a0break",
    "e\u0301\u0327 Z\u0351\u036b\u0343\u036a\u0302",
    "\u0337\u0338" * 20 + "over and over",
    "עברית ועוד",
    "العربية 123 ١٢٣",
    "漢字かなカナ한글",
    "\U0001f3e5\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U000e0041\U000e0042tags",
    "ＦＵＬＬ ｗｉｄｔｈ ＜script＞",
    "ﬁ ﬂ ﬃ Ǆ ß İ ı K Å",
    "＝1+1 ＠SUM",
    "ʼ ’ ‘ “ ” « » … – —",
    "\ue000\uf8ff private",
    "\x1b[2J\x1b[1;1H cleared",
    "\x1b]0;title\x07",
    "\x1b]8;;https://example.org\x07link\x1b]8;;\x07",
    "\x9b31mred",
    "bell\x07 back\x08\x08\x08space",
    "tab\tbetween",
    "two\nlines",
    "dos\r\nline",
    "lone\rreturn",
    "\x0bvertical \x0cfeed",
    "\x7fdelete",
    "\\N \\0 \\x41 \\u0041 \\n",
    "x" * 300,
    "word " * 60,
)

KINDS = {
    "templates": tuple(_TEMPLATES.strip().splitlines()),
    "scripts": tuple(_SCRIPTS.strip().splitlines()),
    "styles": tuple(_STYLES.strip().splitlines()),
    "addresses": tuple(_ADDRESSES.strip().splitlines()),
    "formulas": tuple(_FORMULAS.strip().splitlines()),
    "paths": tuple(_PATHS.strip().splitlines()),
    "signs": _SIGNS,
}


def corpus(target: str) -> tuple[str, ...]:
    """Every string, each once; ``target`` is the file that a command would leave behind."""
    every = [text.replace("TARGET", target) for texts in KINDS.values() for text in texts]
    return tuple(dict.fromkeys(every))


def packed(texts: tuple[str, ...], number: int) -> list[str]:
    """All strings in ``number`` texts, each several of them with a sign between."""
    return [" ¦ ".join(texts[at::number]) for at in range(number)]


def toml(text: str) -> str:
    """A text as TOML writes it in quotation marks."""
    signs = {"\\": "\\\\", '"': '\\"'}
    return '"' + "".join(
        signs.get(sign, f"\\u{ord(sign):04x}" if ord(sign) < 32 or 127 <= ord(sign) < 160 else sign)
        for sign in text
    ) + '"'  # fmt: skip
