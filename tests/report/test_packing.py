"""A packed page holds what it held before, and its script is the one that its security policy allows."""

from __future__ import annotations

import base64
import hashlib
import re

from ablate.report import packing

PAGE = (
    "<meta content=\"script-src 'sha256-AAAA='; img-src data:\">"
    '<figure><svg role="img" viewBox="0 0 1 1"><path d="M 0 0"/></svg></figure><svg a="é&lt;"><g></g></svg>'
    '<script type="application/json" id="data">{"a":"\\u003c/script\\u003e"}</script>\n'
    '<script>const a = "</b>";</script>'
)


def signed(page: str) -> str:
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)[0]
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def test_unpacked_it_is_the_same_page_but_for_the_script_it_signs() -> None:
    packed = packing.pack(PAGE)
    assert '<path d="M 0 0"/>' not in packed
    assert packing.unpack(packed) == PAGE.replace("AAAA=", signed(PAGE))
    assert f"'sha256-{signed(packed)}'" in packed


def test_a_packed_page_and_a_page_without_data_stay_as_they_are() -> None:
    packed = packing.pack(PAGE)
    assert packing.pack(packed) == packed
    assert packing.pack("<p><svg><path/></svg></p>") == "<p><svg><path/></svg></p>"
    assert packing.unpack(PAGE) == PAGE


def test_equal_pages_are_packed_to_equal_bytes() -> None:
    assert packing.pack(PAGE) == packing.pack(PAGE)
