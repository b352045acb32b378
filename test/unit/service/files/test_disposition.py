import re
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.service.files.links import download_url
from azul.service.files.proxy import disposition


def read(header: str) -> str | None:
    """The name, as others read it."""
    message = Message()
    message['Content-Disposition'] = header
    return message.get_filename()


@pytest.mark.parametrize(('name', 'header'), [
    ('bear.png', 'attachment; filename="bear.png"'),
    ('a bear;.png', 'attachment; filename="a bear;.png"'),
    ('a"b\\c/d', 'attachment; filename="a_b_c_d"'),
    ('a\r\nSet-Cookie: x', 'attachment; filename="a__Set-Cookie: x"'),
    ('50%.txt', 'attachment; filename="50_.txt"; filename*=UTF-8\'\'50%25.txt'),
    ('\uff02.png', 'attachment; filename="_.png"; filename*=UTF-8\'\'%EF%BC%82.png'),
    ('\u202egnp.exe', 'attachment; filename="_gnp.exe"'),
])
def test_names_are_quoted(name: str, header: str):
    assert disposition(name) == header


def test_names_that_are_not_ascii_are_there_twice():
    header = disposition('Bär.png')
    assert "filename*=UTF-8''B%C3%A4r.png" in header
    assert 'filename="Ba_r.png"' in header


@given(st.text(min_size=1))
def test_whatever_the_name_the_header_is_one_of_ascii_with_one_name(name: str):
    header = disposition(name)
    assert re.fullmatch(r"""attachment; filename="[^"\\%]*"(; filename\*=UTF-8''[A-Za-z0-9%._~-]*)?""", header)
    assert header.isascii()
    assert header.isprintable()
    if re.fullmatch(r'[A-Za-z0-9_.-]+', name):
        assert read(header) == name


def test_links_are_quoted():
    assert download_url('http://s', 'u/u', '1&2', 'a b&c.txt') == (
        'http://s/dss/files/u%2Fu?version=1%262&replica=aws&wait=1&fileName=a+b%26c.txt')
    assert download_url('http://s', 'u', None, None) == 'http://s/dss/files/u?replica=aws&wait=1'
