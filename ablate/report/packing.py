"""Pack a page's pictures and data, which are most of its size, into one compressed text that the browser unpacks.

A page of 4 MB becomes one of half a megabyte and stays one file that asks nothing of a network. Browsers unpack with
`DecompressionStream` (Chrome 80, Firefox 113, Safari 16.4 and newer).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re

PICTURE = re.compile(r"(<svg\b[^>]*)>(.*?)</svg>", re.DOTALL)
DATA = re.compile(r'(<script type="application/json" id="data">)(.*?)(</script>)', re.DOTALL)
SCRIPT = re.compile(r"(<script>)(.*?)(</script>)", re.DOTALL)
HASH = re.compile(r"'sha256-[A-Za-z0-9+/=]+'")
PACKED = re.compile(r'<script type="text/plain" id="packed">([A-Za-z0-9+/=]*)</script>\n?')

BEGIN = """(async () => {
const bytes = Uint8Array.from(atob(document.getElementById("packed").textContent), (char) => char.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const { pictures, data: text } = await new Response(stream).json();
document.querySelectorAll("svg[data-picture]").forEach((svg) => { svg.innerHTML = pictures[svg.dataset.picture]; });
document.getElementById("data").textContent = text;
"""
END = '\ndocument.documentElement.dataset.ready = "yes";\n})();'


def pack(page: str) -> str:
    """Pack the pictures and data of a page; return a page without a script, or one that is packed, unchanged.

    The page's own script runs unchanged once everything is unpacked; then the root element has `data-ready`.

    Examples:
        >>> page = '<svg a="1"><path/></svg><script type="application/json" id="data">{}</script><script>go()</script>'
        >>> "<path/>" in pack(page), unpack(pack(page)) == page
        (False, True)
    """
    if PACKED.search(page) or not DATA.search(page):
        return page
    body, data, rest = _apart(page)
    pictures: list[str] = []

    def take_out(match: re.Match[str]) -> str:
        pictures.append(match[2])
        return f'{match[1]} data-picture="{len(pictures) - 1}"></svg>'

    body = PICTURE.sub(take_out, body)
    content = json.dumps({"pictures": pictures, "data": data}, separators=(",", ":"))
    text = base64.b64encode(gzip.compress(content.encode(), 9, mtime=0)).decode()
    rest = SCRIPT.sub(lambda match: f"{match[1]}{BEGIN}{match[2]}{END}{match[3]}", rest)
    held = f'<script type="text/plain" id="packed">{text}</script>\n'
    return _hashed(f'{body}{held}<script type="application/json" id="data"></script>{rest}')


def unpack(page: str) -> str:
    """Return the page as it was before `pack`; return a page that is not packed unchanged."""
    held = PACKED.search(page)
    if not held:
        return page
    content = json.loads(gzip.decompress(base64.b64decode(held[1])))
    body, _, rest = _apart(PACKED.sub("", page))
    body = re.sub(r' data-picture="(\d+)"></svg>', lambda match: f">{content['pictures'][int(match[1])]}</svg>", body)
    rest = rest.replace(BEGIN, "").replace(END, "")
    return _hashed(f'{body}<script type="application/json" id="data">{content["data"]}</script>{rest}')


def _apart(page: str) -> tuple[str, str, str]:
    """Split a page at its script `data`: the text before it, its content, and the text after it."""
    match = DATA.search(page)
    if match is None:
        raise ValueError("A report's page must hold a script with the id `data`. Received a page without one.")
    return page[: match.start()], match[2], page[match.end() :]


def _hashed(page: str) -> str:
    """Return the page with a content security policy that allows the page's script."""
    match = SCRIPT.search(page)
    digest = base64.b64encode(hashlib.sha256((match[2] if match else "").encode()).digest()).decode()
    return HASH.sub(f"'sha256-{digest}'", page, count=1)
