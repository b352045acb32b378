from typing import Any

import pytest

from azul.errors import BundleError
from azul.index.bundle import ManifestEntry

UUID = '12345678-0000-4000-8000-000000000000'


@pytest.mark.parametrize(('size', 'bytes'), [(0, 0), (2 ** 63 - 1, 2 ** 63 - 1), (None, None), ('', None)])
def test_a_size_is_a_number_of_bytes_or_not_given(size: Any, bytes: int | None) -> None:
    assert ManifestEntry.from_json({'name': 'x', 'uuid': UUID, 'size': size}).size == bytes


@pytest.mark.parametrize('size', [-1, 2 ** 63, '5', 5.0, True, [5]])
def test_a_size_that_the_engine_would_refuse_is_refused(size: Any) -> None:
    with pytest.raises(BundleError, match='is no number of bytes') as error:
        ManifestEntry.from_json({'name': 'x', 'uuid': UUID, 'size': size})
    assert error.value.file == 'x'


@pytest.mark.parametrize('member', ['name', 'uuid', 'size', 'version', 'sha256'])
def test_an_error_stays_brief_however_long_or_deep_what_it_is_about(member: str) -> None:
    nested: list[Any] = []
    for _ in range(1000):
        nested = [nested]
    for odd in nested, ['x' * 100_000] * 1000:
        with pytest.raises(BundleError) as error:
            ManifestEntry.from_json({'name': 'x', 'uuid': UUID, member: odd})
        assert len(error.value.fault) < 1500
