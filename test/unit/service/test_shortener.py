from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.errors import BadRequest
from azul.service.shortener import MIN_KEY, keys, require_host

HOSTS = ('browser.example', 'data.portal.example')


@pytest.mark.parametrize('url', [
    'https://browser.example',
    'https://browser.example/',
    'https://browser.example/projects?filter=%5B%7B%22a%22%3A1%7D%5D&x=[1]#top',
    'https://dev.browser.example/',
    'https://a.b-c.d1.browser.example/',
    'https://Browser.EXAMPLE/',
    'HTTPS://browser.example/',
    'https://data.portal.example/x',
])
def test_urls_at_the_hosts_and_below_them_may_be_shortened(url: str):
    require_host(url, HOSTS)


@pytest.mark.parametrize('url', [
    '',
    'browser.example',
    '//browser.example/',
    'http://browser.example/',
    'ftp://browser.example/',
    'javascript:alert(1)//browser.example',
    'https:browser.example',
    'https:///browser.example/',
    'https://evilbrowser.example/',
    'https://browser.example.evil.example/',
    'https://portal.example/',
    'https://example/',
    'https://evil.example/browser.example',
    'https://evil.example?browser.example',
    'https://evil.example#.browser.example',
    'https://browser.example@evil.example/',
    'https://evil.example@browser.example/',
    'https://user:password@browser.example/',
    'https://browser.example:443/',
    'https://browser.example:/',
    'https://browser.example:evil@x/',
    'https://browser.example./',
    'https://.browser.example/',
    'https://a..browser.example/',
    'https://-a.browser.example/',
    'https://a_b.browser.example/',
    'https://evil.example\\.browser.example/',
    'https:\\\\browser.example/',
    'https://evil.example\\@browser.example/',
    'https://browser.example/a b',
    'https://browser.example/\r\nLocation: https://evil.example',
    'https://browser.example/\t',
    'https://browser.example\x00.evil.example/',
    'https://browser.example/ä',
    'https://brоwser.example/',  # the third letter is a Cyrillic one
    'https://evil.example%2f.browser.example/',
    'https://evil.example%00.browser.example/',
    'https://[browser.example/',
    'https://[::1].browser.example/',
    'https://browser.example/<script>',
    ' https://browser.example/',
])
def test_no_other_urls_may_be(url: str):
    with pytest.raises(BadRequest, match='Invalid URL given'):
        require_host(url, HOSTS)


@given(st.text())
def test_no_other_text_may_be(text: str):
    for url in text, f'https://{text}', f'https://{text}.evil.example/', f'https://{text}@evil.example/':
        with pytest.raises(BadRequest):
            require_host(url, HOSTS)


def test_keys_grow():
    found = list(keys('https://browser.example/'))
    assert [len(key) for key in found] == list(range(MIN_KEY, 29))
    assert all(longer.startswith(key) for key, longer in pairwise(found))
    assert found[0] != next(keys('https://browser.example/x'))
