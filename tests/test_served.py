"""What the studio and studies have in common as servers."""

import asyncio

import pytest
from starlette.requests import Request

from wasserstyle.errors import BadSetting
from wasserstyle.serving import Refused, body_of, in_url, is_local, listen_at


@pytest.mark.parametrize(
    ("address", "local"),
    [
        *(("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True)),
        *(("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("studio.lan", False)),
    ],
)
def test_which_addresses_others_can_reach(address, local):
    assert is_local(address) is local


def test_addresses_with_colons_are_bracketed_in_urls():
    assert [in_url(a) for a in ("::1", "192.168.1.5")] == ["[::1]", "192.168.1.5"]


def test_what_cannot_be_listened_at_is_named():
    with pytest.raises(BadSetting, match=r"192\.0\.2\.7, port 0 \(.+\); choose another$"):
        listen_at("192.0.2.7", 0, advice="choose another")


def body(most, *chunks):
    """What is read of a request that comes in chunks."""
    rest = iter(chunks)

    async def receive():
        return {"type": "http.request", "body": next(rest), "more_body": True}

    return asyncio.run(body_of(Request({"type": "http"}, receive), most, sentence="Too long."))


def test_a_body_is_refused_at_the_first_byte_too_many():
    with pytest.raises(Refused, match=r"^Too long\.$") as refused:
        body(5, b"abc", b"def")  # a third chunk would be an error
    assert refused.value.status == 413
