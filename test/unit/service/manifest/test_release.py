"""What manifests are made by: what one release has begun no other one goes on with."""
from dataclasses import replace
from typing import Any

import pytest

from azul.config import Config
from azul.engine import Engine
from azul.plugin import Column
from azul.projects.toy import plugin as toy
from azul.service.manifest.wiring import job_worker, manifests

CONFIG = Config(stage='test', project='toy', es_endpoint='nowhere:1', dss_endpoint='http://nowhere.invalid/v1',
                aws_endpoint='http://nowhere.invalid', sqs_endpoint='http://nowhere.invalid')


def release(settings: dict[str, str], declared: dict[str, Any]) -> str:
    plugin = replace(toy, manifest=replace(toy.manifest, **declared))
    config = replace(CONFIG, **settings)
    of_requests = manifests(config, Engine.connect(config.es_endpoint, 1), plugin).release
    assert job_worker(config, plugin).release == of_requests
    return of_requests


@pytest.mark.parametrize(('settings', 'declared'), [
    ({'git_commit': '0123abc'}, {}),
    ({'drs_domain': 'drs.example'}, {}),
    ({'dss_endpoint': 'http://elsewhere.invalid/v1'}, {}),
    ({}, {'columns': (*toy.manifest.columns, Column('colour', 'toys', 'colours'))}),
    ({}, {'kind': lambda file: 'picture'}),
    ({}, {'title': 'author'}),
    ({}, {'row_columns': ('author',)}),
])
def test_whatever_manifests_are_made_by_makes_for_another_release(settings: dict[str, str], declared: dict[str, Any]):
    assert release({}, {}) == release({}, {}) != release(settings, declared)
